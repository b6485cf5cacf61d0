import {
  areaOf,
  boundsOf,
  type Geometry,
  type ImageRect,
  isArea,
  outlineOf,
  type Plane,
  type PolygonGeometry,
  type Ring,
} from "../geometry/index.ts";
import { partsOfMask } from "../shapes/contours.ts";
import { overlay } from "../shapes/overlay.ts";
import type { Parts } from "../shapes/parts.ts";
import { attributesToWrite, readAttributes } from "./attributes.ts";
import { type InterchangeError, shown } from "./errors.ts";
import { ownProperty, readOwn } from "./own.ts";
import {
  ClassCounter,
  colorOf,
  fail,
  isIndex,
  isNumber,
  isObject,
  type JsonObject,
  labelOf,
  orProblem,
  parseJson,
  stored,
} from "./read.ts";
import {
  checkRle,
  combineRle,
  MAX_RLE_PIXELS,
  maskOfRle,
  parseRle,
  type Rle,
  rleOfPolygon,
  rleText,
} from "./rle.ts";
import type { ExportedAnnotation, ExportedClass, Imported, ImportedAnnotation } from "./types.ts";

/*
 * COCO instances. A list of polygons is their union there, so what has holes is written as RLE, and as one polygon
 * with bridges to its holes where the image has more pixels than COCO's readers count. Ids start at 1: 0 is taken
 * for "no match". The property `coscope` keeps what COCO cannot say.
 */

const TOLERANCE = 1 / 64;
const UNCLASSIFIED = "Unclassified";

export interface CocoImage {
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  readonly annotations: Iterable<ExportedAnnotation>;
}

/** The file as a plain object for JSON (`asciiJson`), and what could not be written: points and lines have no mask. */
export interface CocoFile {
  readonly file: JsonObject;
  readonly left: readonly { readonly id: string; readonly kind: Geometry["kind"] }[];
}

export function encodeCoco(images: readonly CocoImage[], classes: readonly ExportedClass[]): CocoFile {
  const categoryOf = new Map<string | null, number>(classes.map((row, i) => [row.id, i + 1]));
  const categories: JsonObject[] = classes.map(({ name, color }, i) => ({
    id: i + 1,
    name,
    supercategory: name.includes(": ") ? name.slice(0, name.indexOf(": ")) : "none",
    coscope: { version: 1, color },
  }));
  const annotations: JsonObject[] = [];
  const left: { id: string; kind: Geometry["kind"] }[] = [];
  images.forEach((image, i) => {
    for (const a of image.annotations) {
      const { geometry } = a;
      if (!isArea(geometry)) {
        left.push({ id: a.id, kind: geometry.kind });
        continue;
      }
      const known = a.classId !== null && categoryOf.has(a.classId) ? a.classId : null;
      if (known === null && !categoryOf.has(null)) {
        categoryOf.set(null, categories.length + 1);
        categories.push({
          id: categories.length + 1,
          name: UNCLASSIFIED,
          supercategory: "none",
          coscope: { version: 1, unclassified: true },
        });
      }
      const { minX, minY, maxX, maxY } = boundsOf(geometry);
      const attributes = attributesToWrite(a);
      const plain = geometry.kind === "polygon" && geometry.parts.every((rings) => rings.length === 1);
      annotations.push({
        id: annotations.length + 1,
        image_id: i + 1,
        category_id: categoryOf.get(known),
        segmentation: segmentationOf(geometry, image),
        area: areaOf(geometry),
        bbox: [minX, minY, maxX - minX, maxY - minY],
        iscrowd: 0,
        // Where CVAT and others look for them.
        ...(attributes && { attributes }),
        coscope: ownProperty(a, { shape: !plain, plane: true, label: true, locked: true }),
      });
    }
  });
  return {
    file: {
      info: { description: "Annotations from Coscope" },
      images: images.map(({ fileName, width, height }, i) => ({
        id: i + 1,
        file_name: fileName,
        width,
        height,
      })),
      categories,
      annotations,
    },
    left,
  };
}

function segmentationOf(g: Geometry, { width, height }: CocoImage): unknown {
  if (g.kind !== "polygon") return outlineOf(g, TOLERANCE).rings;
  if (g.parts.every((rings) => rings.length === 1)) return g.parts.map(([outline]) => outline);
  if (width * height > MAX_RLE_PIXELS) return g.parts.map((rings) => bridged(rings));
  const empty: Rle = { height, width, counts: [height * width] };
  const whole = withinImage(g, width, height).reduce<Rle>((sum, [outline, ...holes]) => {
    const part = holes.reduce<Rle>(
      (rest, hole) => combineRle(rest, rleOfPolygon(hole, height, width), "subtract"),
      rleOfPolygon(outline!, height, width),
    );
    return combineRle(sum, part, "union");
  }, empty);
  return { size: [height, width], counts: rleText(whole) };
}

/** What sticks out of the image has no pixels, but would be walked all the way. */
function withinImage(g: PolygonGeometry, width: number, height: number): Parts {
  const { minX, minY, maxX, maxY } = boundsOf(g);
  if (minX >= 0 && minY >= 0 && maxX <= width && maxY <= height) return g.parts;
  return overlay(g.parts, [[[0, 0, width, 0, width, height, 0, height]]], "intersect");
}

/** One ring with a way to each hole and back: even-odd, the way there and back bounds nothing. */
function bridged(rings: readonly Ring[]): Ring {
  const [outline, ...holes] = rings;
  if (holes.length === 0) return outline!;
  const [x, y] = [outline![0]!, outline![1]!];
  return [...outline!, x, y, ...holes.flatMap((hole) => [...hole, hole[0]!, hole[1]!, x, y])];
}

/** What of a COCO file belongs to one image. */
export interface ImportedImage {
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  readonly annotations: readonly ImportedAnnotation[];
}

export interface ImportedCoco extends Omit<Imported, "annotations"> {
  readonly images: readonly ImportedImage[];
}

/**
 * Reads a COCO instances file. Throws InterchangeError ("not-json", "not-coco") where it is none; what is wrong with
 * single images, categories or annotations is in `problems`. RLE masks become polygons along the edges of pixels,
 * boxes without a mask rectangles.
 * @param plane where annotations go that do not say it themselves
 */
export function decodeCoco(text: string, plane: Plane = { z: 0, t: 0 }): ImportedCoco {
  const root = parseJson(text);
  if (!isObject(root) || !Array.isArray(root.images) || !Array.isArray(root.annotations))
    return fail("not-coco", "", "an object with images and annotations", root);
  const problems: InterchangeError[] = [];
  const images = new Map<
    unknown,
    { fileName: string; width: number; height: number; annotations: ImportedAnnotation[] }
  >();
  root.images.forEach((value, i) => {
    const at = `images[${i}]`;
    orProblem(problems, () => {
      if (!isObject(value) || !isId(value.id)) return fail("not-coco", at, "an image with an id", value);
      const { id, width, height, file_name: name } = value;
      if (images.has(id)) return fail("bad-value", `${at}.id`, "an id of its own", id);
      if (!isIndex(width) || !isIndex(height) || width === 0 || height === 0)
        return fail("bad-value", at, "a width and a height", `${shown(width)} × ${shown(height)}`);
      images.set(id, { fileName: typeof name === "string" ? name : "", width, height, annotations: [] });
    });
  });
  const classes = new ClassCounter();
  const names = readCategories(root.categories, classes, problems);
  root.annotations.forEach((value, i) => {
    const at = `annotations[${i}]`;
    orProblem(problems, () => {
      if (!isObject(value)) return fail("not-coco", at, "an annotation", value);
      const image = images.get(value.image_id);
      if (!image) return fail("bad-value", `${at}.image_id`, "the id of an image", value.image_id);
      const className = names.get(value.category_id);
      if (className === undefined && value.category_id !== undefined && value.category_id !== null)
        return fail("bad-value", `${at}.category_id`, "the id of a category", value.category_id);
      const { geometry, rest, label } = readOwn(
        value.coscope,
        plane,
        () => geometryOf(value, image, plane, at),
        boxOf(value.bbox),
      );
      const attributes = readAttributes(value.attributes, `${at}.attributes`, problems);
      image.annotations.push({
        ...stored(geometry, at),
        className: className ?? null,
        label: labelOf(label, at, problems),
        ...rest,
        ...(attributes && { attributes }),
      });
      classes.count(className ?? null, null);
    });
  });
  return { images: [...images.values()], classes: classes.list(), problems };
}

const isId = (value: unknown): boolean => isNumber(value) || typeof value === "string";

function readCategories(
  value: unknown,
  classes: ClassCounter,
  problems: InterchangeError[],
): Map<unknown, string | null> {
  const names = new Map<unknown, string | null>();
  if (!Array.isArray(value)) return names;
  value.forEach((category, i) => {
    orProblem(problems, () => {
      const at = `categories[${i}]`;
      if (!isObject(category) || !isId(category.id))
        return fail("not-coco", at, "a category with an id", category);
      const { id, name, coscope, color } = category;
      if (typeof name !== "string" || name === "") return fail("bad-value", `${at}.name`, "a name", name);
      if (names.has(id)) return fail("bad-value", `${at}.id`, "an id of its own", id);
      if (isObject(coscope) && coscope.unclassified === true) {
        names.set(id, null);
        return;
      }
      names.set(id, name);
      classes.declare(name, colorOf(isObject(coscope) ? coscope.color : color));
    });
  });
  return names;
}

function boxOf(bbox: unknown): ImageRect | undefined {
  if (!Array.isArray(bbox) || bbox.length !== 4 || !bbox.every(isNumber)) return undefined;
  const [x, y, width, height] = bbox as [number, number, number, number];
  return { minX: x, minY: y, maxX: x + width, maxY: y + height };
}

function geometryOf(
  { segmentation, bbox }: JsonObject,
  image: { width: number; height: number },
  plane: Plane,
  at: string,
): Geometry {
  const where = `${at}.segmentation`;
  if (Array.isArray(segmentation) && segmentation.length > 0) {
    const parts = segmentation.map((ring, i) => {
      if (!Array.isArray(ring) || !ring.every(isNumber))
        return fail("bad-geometry", `${where}[${i}]`, "a list of numbers", ring);
      return [ring];
    });
    return { kind: "polygon", plane, parts };
  }
  if (isObject(segmentation)) {
    const { size, counts } = segmentation;
    if (!Array.isArray(size) || size[0] !== image.height || size[1] !== image.width)
      return fail("bad-rle", `${where}.size`, `[${image.height}, ${image.width}]`, JSON.stringify(size));
    const rle =
      typeof counts === "string"
        ? parseRle(counts, image.height, image.width, where)
        : checkRle(
            Array.isArray(counts) ? counts : fail("bad-rle", `${where}.counts`, "text or a list", counts),
            image.height,
            image.width,
            where,
          );
    const mask = maskOfRle(rle, where);
    if (!mask) return fail("bad-geometry", where, "a pixel at least", "an empty mask");
    return { kind: "polygon", plane, parts: partsOfMask(mask) };
  }
  const box = boxOf(bbox);
  if (!box) return fail("bad-geometry", at, "a segmentation or a bbox", segmentation);
  const { minX, minY, maxX, maxY } = box;
  return { kind: "rectangle", plane, x: minX, y: minY, width: maxX - minX, height: maxY - minY, rotation: 0 };
}
