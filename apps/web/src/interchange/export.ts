import type { AnnotationSnapshot, LayerId } from "@coscope/annotations";
import { notIgnored } from "@coscope/annotations/class-names";
import { type FileFormat, seenByOthers } from "@coscope/annotations/interchange";
import type { Workspace } from "../state/workspace.ts";
import { openFileWorker } from "./client.ts";
import { frameOf } from "./frame.ts";

/** One layer, what is selected, or all layers of the image. */
export type ExportScope = { readonly layerId: LayerId } | "selection" | "image";

/** Handed to the worker between two frames. */
const SLICE = 2_000;
const ENDINGS = { geojson: ".geojson", coco: ".coco.json" } as const;

/** Writes annotations to a file and saves it. Says what came of it. */
export async function exportAnnotations(
  workspace: Workspace,
  scope: ExportScope,
  format: FileFormat,
): Promise<void> {
  const frame = frameOf(workspace);
  const found = annotationsOf(workspace, scope);
  const classes = workspace.classes.get().map(({ id, name, color }) => ({ id, name, color }));
  // What is chosen by hand is meant, ignored or not.
  const all = format === "coco" && scope !== "selection" ? notIgnored(found, classes) : found;
  if (!frame || all.length === 0) {
    const none = found.length > 0 ? "All of it is of ignored classes." : "There is nothing to export.";
    workspace.importing.say(frame ? none : "The image is not open yet.");
    return;
  }
  const worker = openFileWorker();
  try {
    for (let i = 0; i < all.length; i += SLICE)
      await worker.ask({ job: "write", annotations: all.slice(i, i + SLICE) });
    const { blob, left } = await worker.ask({ job: "finish", format, classes, frame });
    save(blob, fileName(workspace, scope) + ENDINGS[format]);
    const ignored = found.length - all.length;
    const without = [
      left > 0 && `${left === 1 ? "one point or line" : `${left} points and lines`} (COCO holds areas only)`,
      ignored > 0 && `${ignored} of ignored classes (select them to export them)`,
    ].filter((part) => part !== false);
    const notes = seenByOthers(all, format);
    if (without.length > 0) notes.unshift(`Left out: ${without.join(" and ")}. GeoJSON holds all.`);
    if (notes.length > 0) workspace.importing.say(notes.join(" "));
  } catch (error) {
    workspace.importing.say(`The file could not be written: ${(error as Error).message}`);
  } finally {
    worker.close();
  }
}

function annotationsOf(workspace: Workspace, scope: ExportScope): AnnotationSnapshot[] {
  if (scope === "selection") return [...workspace.selected.get()];
  const found: AnnotationSnapshot[] = [];
  for (const { layerId, annotation } of workspace.annotations.all())
    if (scope === "image" || layerId === scope.layerId) found.push(annotation);
  return found;
}

function fileName({ image, layers }: Workspace, scope: ExportScope): string {
  const layer =
    typeof scope === "object" ? layers.get().find(({ row }) => row.id === scope.layerId)?.row.name : null;
  const name = [image.get().name, layer].filter(Boolean).join(" - ");
  return name.replace(/[^\p{L}\p{N} ._-]/gu, "_") || "annotations";
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
