import { boundsOf, type Geometry, type ImageRect } from "../geometry/index.ts";
import { decodeCoco, type ImportedImage } from "./coco.ts";
import { InterchangeError } from "./errors.ts";
import { decodeGeoJson } from "./geojson.ts";
import { MOST_MEASUREMENTS } from "./to-add.ts";
import type { ImportedAnnotation, ImportedClass } from "./types.ts";

export type FileFormat = "geojson" | "coco";

/** Bytes of a file that may be read: JavaScript's longest text holds little more. */
const MAX_FILE_BYTES = 500 * 2 ** 20;

/** Throws InterchangeError ("too-large"). To be asked before a file is read at all. */
export function checkFileSize(bytes: number): void {
  if (bytes > MAX_FILE_BYTES)
    throw new InterchangeError("too-large", "", "at most 500 MB", `${Math.round(bytes / 2 ** 20)} MB`);
}

/** The image that a file is read for. Sizes in px of the full resolution. */
export interface ImageFrame {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly sizeZ: number;
  readonly sizeT: number;
}

/** What of a file goes into one image. */
export interface FileSummary {
  readonly format: FileFormat;
  readonly count: number;
  readonly kinds: Readonly<Partial<Record<Geometry["kind"], number>>>;
  /** Those that annotations have, and how many. */
  readonly classes: readonly ImportedClass[];
  readonly unclassified: number;
  readonly bounds: ImageRect | null;
  /** Annotations that lie beyond the image, wholly or in part, or on a plane that it does not have. */
  readonly outside: number;
  readonly elsewhere: number;
  /** Annotations whose outline crossed or overlapped itself, and was mended. */
  readonly repaired: number;
  /** Cells with an outline of their nucleus, which is left out. */
  readonly nuclei: number;
  /** Annotations with more measurements than are kept as attributes (`MOST_MEASUREMENTS`): all of theirs are left out. */
  readonly unmeasured: number;
  /** Of a COCO file, which holds several: one of them is `image`. */
  readonly images: readonly {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly count: number;
  }[];
  readonly image: number;
  /** Of another size than the image. */
  readonly otherSize: boolean;
}

/** A file of annotations, read: what is in it for an image, and its annotations. */
export interface AnnotationFile {
  readonly problems: readonly InterchangeError[];
  summary(image?: number): FileSummary;
  annotations(image?: number): readonly ImportedAnnotation[];
}

/** Reads GeoJSON or COCO, whichever it is. Throws InterchangeError where it is neither. */
export function readAnnotationFile(text: string, frame: ImageFrame): AnnotationFile {
  const { format, images, classes, problems } = decode(text);
  const chosen = imageFor(images, frame);
  return {
    problems,
    annotations: (image = chosen) => images[image]?.annotations ?? [],
    summary: (image = chosen) => {
      const annotations = images[image]?.annotations ?? [];
      const own = format === "coco" ? images[image] : undefined;
      const otherSize = own !== undefined && (own.width !== frame.width || own.height !== frame.height);
      return {
        format,
        images: images.map(({ fileName, annotations: { length: count }, ...size }) => ({
          name: fileName,
          width: size.width,
          height: size.height,
          count,
        })),
        image,
        otherSize,
        ...summarise(annotations, frame, classes),
      };
    },
  };
}

interface Decoded {
  readonly format: FileFormat;
  readonly images: readonly ImportedImage[];
  readonly classes: readonly ImportedClass[];
  readonly problems: readonly InterchangeError[];
}

function decode(text: string): Decoded {
  try {
    const { annotations, ...rest } = decodeGeoJson(text);
    return { format: "geojson", images: [{ fileName: "", width: 0, height: 0, annotations }], ...rest };
  } catch (error) {
    if (!(error instanceof InterchangeError && error.code === "not-geojson")) throw error;
  }
  try {
    return { format: "coco", ...decodeCoco(text) };
  } catch (error) {
    if (!(error instanceof InterchangeError && error.code === "not-coco")) throw error;
    throw new InterchangeError("unsupported", "", "GeoJSON or COCO instances", "other JSON");
  }
}

const bare = (name: string): string =>
  name
    .replace(/^.*[\\/]/, "")
    .replace(/\.[a-z0-9]{1,5}$/i, "")
    .toLowerCase();

/** By name, else by size, else the one with the most. */
function imageFor(images: readonly ImportedImage[], { name, width, height }: ImageFrame): number {
  const named = images.findIndex(({ fileName }) => fileName !== "" && bare(fileName) === bare(name));
  if (named >= 0) return named;
  const sized = images.flatMap((image, i) => (image.width === width && image.height === height ? [i] : []));
  if (sized.length === 1) return sized[0]!;
  let most = 0;
  for (const [i, { annotations }] of images.entries())
    if (annotations.length > images[most]!.annotations.length) most = i;
  return most;
}

function summarise(
  annotations: readonly ImportedAnnotation[],
  { width, height, sizeZ, sizeT }: ImageFrame,
  classes: readonly ImportedClass[],
) {
  const kinds: Partial<Record<Geometry["kind"], number>> = {};
  const counts = new Map<string, number>();
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  let [unclassified, outside, elsewhere, repaired, nuclei, unmeasured] = [0, 0, 0, 0, 0, 0];
  for (const one of annotations) {
    const { geometry, className } = one;
    if (one.repaired) repaired++;
    if (one.nucleus) nuclei++;
    if (one.measurements && Object.keys(one.measurements).length > MOST_MEASUREMENTS) unmeasured++;
    kinds[geometry.kind] = (kinds[geometry.kind] ?? 0) + 1;
    if (className === null) unclassified++;
    else counts.set(className, (counts.get(className) ?? 0) + 1);
    const box = boundsOf(geometry);
    [minX, minY] = [Math.min(minX, box.minX), Math.min(minY, box.minY)];
    [maxX, maxY] = [Math.max(maxX, box.maxX), Math.max(maxY, box.maxY)];
    if (box.minX < 0 || box.minY < 0 || box.maxX > width || box.maxY > height) outside++;
    const { z, t } = geometry.plane;
    if ((z !== "all" && z >= sizeZ) || (t !== "all" && t >= sizeT)) elsewhere++;
  }
  const colors = new Map(classes.map(({ name, color }) => [name, color]));
  return {
    count: annotations.length,
    kinds,
    classes: [...counts].map(([name, count]) => ({ name, color: colors.get(name) ?? null, count })),
    unclassified,
    bounds: annotations.length > 0 ? { minX, minY, maxX, maxY } : null,
    outside,
    elsewhere,
    repaired,
    nuclei,
    unmeasured,
  };
}
