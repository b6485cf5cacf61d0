import { createStore } from "../state/store.ts";
import type { Dropped } from "../upload/dropped.ts";

/** The file whose annotations are being looked at before they are imported. */
export const importing = createStore<File | null>(null);

/** A file of annotations, by its name: GeoJSON and COCO are both JSON. Those within folders belong to an image. */
export const isAnnotationFile = ({ path }: Dropped): boolean =>
  !path.includes("/") && /\.(geojson|json)$/i.test(path);

/** Takes the annotation files out of what was dropped; the first is opened. */
export function takeAnnotationFiles(files: readonly Dropped[]): readonly Dropped[] {
  const [first] = files.filter(isAnnotationFile);
  if (!first) return files;
  importing.set(first.file);
  return files.filter((one) => !isAnnotationFile(one));
}

/** Lets the person choose one. */
export function chooseAnnotationFile(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".geojson,.json,application/geo+json,application/json";
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) importing.set(file);
  });
  input.click();
}
