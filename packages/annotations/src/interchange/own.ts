import type { Provenance } from "../document/index.ts";
import { isBoundedJson } from "../document/json.ts";
import { boundsOf, type Geometry, type ImageRect, type Plane } from "../geometry/index.ts";
import { isIndex, isNumber, isObject, type JsonObject } from "./read.ts";
import type { ExportedAnnotation, ImportedAnnotation } from "./types.ts";

/*
 * The property `coscope` that our files carry beside what the format knows: what would be lost otherwise. Other
 * readers skip it; ours takes from it only what is well-formed and agrees with the rest.
 */

export interface OwnOptions {
  /** The shape itself, where the format's can only come near it. */
  readonly shape: boolean;
  readonly plane: boolean;
  readonly label?: boolean;
  readonly locked?: boolean;
}

export function ownProperty(a: ExportedAnnotation, { shape, plane, label, locked }: OwnOptions): JsonObject {
  const { plane: itsPlane, ...bare } = a.geometry;
  return {
    version: 1,
    id: a.id,
    author: a.author,
    created: a.created,
    ...(label && a.label !== "" && { label: a.label }),
    ...(plane && { plane: itsPlane }),
    ...(shape && { shape: bare }),
    ...(a.provenance && { provenance: a.provenance }),
    ...(locked && a.locked && { locked: true }),
    ...(a.order && { order: a.order }),
  };
}

export interface Own {
  readonly geometry: Geometry;
  readonly rest: Pick<ImportedAnnotation, "id" | "author" | "created" | "provenance" | "locked" | "order">;
  readonly label: string | null;
}

/**
 * @param read what the format itself says, asked for only where our shape is not there or out of date
 * @param box where the format says it lies; bounds of what was read where absent
 */
export function readOwn(value: unknown, plane: Plane, read: () => Geometry, box?: ImageRect): Own {
  if (!isObject(value) || value.version !== 1) return { geometry: read(), rest: {}, label: null };
  const itsPlane = planeOf(value.plane) ?? plane;
  const shape = shapeOf(value.shape, itsPlane);
  const rest = {
    ...(typeof value.id === "string" && { id: value.id }),
    ...(typeof value.author === "string" && { author: value.author }),
    ...(isIndex(value.created) && { created: value.created }),
    ...(isObject(value.provenance) &&
      isBoundedJson(value.provenance) && { provenance: value.provenance as Provenance }),
    ...(value.locked === true && { locked: true as const }),
    ...(isNumber(value.order) && value.order !== 0 && { order: value.order }),
  };
  return {
    geometry:
      shape && together(boundsOf(shape), box ?? boundsOf(read())) ? shape : { ...read(), plane: itsPlane },
    rest,
    label: typeof value.label === "string" ? value.label : null,
  };
}

function planeOf(value: unknown): Plane | null {
  if (!isObject(value)) return null;
  const { z, t } = value;
  return (z === "all" || isIndex(z)) && (t === "all" || isIndex(t)) ? { z, t } : null;
}

const NUMBERS = {
  rectangle: ["x", "y", "width", "height", "rotation"],
  ellipse: ["cx", "cy", "rx", "ry", "rotation"],
} as const;

function shapeOf(value: unknown, plane: Plane): Geometry | null {
  if (!isObject(value)) return null;
  const { kind, parts } = value;
  if (kind === "rectangle" || kind === "ellipse") {
    const entries = NUMBERS[kind].map((key) => [key, value[key]] as const);
    if (!entries.every(([, number]) => isNumber(number))) return null;
    return { kind, plane, ...Object.fromEntries(entries) } as Geometry;
  }
  if (kind !== "polygon" || !Array.isArray(parts)) return null;
  const sound = parts.every(
    (rings) => Array.isArray(rings) && rings.every((ring) => Array.isArray(ring) && ring.every(isNumber)),
  );
  return sound ? { kind, plane, parts } : null;
}

/** Within a pixel on all sides. */
const together = (a: ImageRect, b: ImageRect): boolean =>
  (["minX", "minY", "maxX", "maxY"] as const).every((side) => Math.abs(a[side] - b[side]) <= 1);
