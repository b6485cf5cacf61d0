import { type Geometry, outlineOf, type Plane, type Ring } from "../geometry/index.ts";
import { attributesToWrite, mergeMetadata, metadataOf, readAttributes } from "./attributes.ts";
import { InterchangeError, shown } from "./errors.ts";
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
  rgbOf,
  stored,
} from "./read.ts";
import type { ExportedAnnotation, ExportedClass, Imported, ImportedAnnotation } from "./types.ts";

/*
 * GeoJSON as QuPath writes and reads it: px of the full resolution from its top-left corner, `objectType`,
 * `classification {name | names, color}`, `name`, `isLocked`, `metadata` (texts), `measurements`, `geometry.plane`. Rectangles and ellipses are
 * polygons there; the property `coscope` keeps what they are, so that our own reader gives everything back.
 */

/** How far an ellipse's polygon may be from it, in px. */
const TOLERANCE = 1 / 64;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface GeoJsonOptions {
  readonly classes: readonly ExportedClass[];
  /** Numbers to be written with each, for instance in µm. What is not finite is left out. */
  readonly measure?: (a: ExportedAnnotation) => Readonly<Record<string, number>>;
}

/** A FeatureCollection, as a plain object for JSON. */
export function encodeGeoJson(
  annotations: Iterable<ExportedAnnotation>,
  options: GeoJsonOptions,
): JsonObject {
  const classes = new Map(options.classes.map((row) => [row.id, row]));
  const features: JsonObject[] = [];
  for (const a of annotations) {
    const row = a.classId === null ? undefined : classes.get(a.classId);
    const attributes = attributesToWrite(a);
    const measured = Object.entries(options.measure?.(a) ?? {}).filter(([, value]) => Number.isFinite(value));
    features.push({
      type: "Feature",
      // QuPath gives an object whose id is no UUID a new one.
      ...(UUID.test(a.id) && { id: a.id }),
      geometry: geoGeometry(a.geometry),
      properties: {
        objectType: "annotation",
        ...(a.label !== "" && { name: a.label }),
        ...(row && { classification: classification(row) }),
        ...(a.locked && { isLocked: true }),
        ...(attributes && { metadata: metadataOf(attributes) }),
        ...(measured.length > 0 && { measurements: Object.fromEntries(measured) }),
        coscope: {
          ...ownProperty(a, {
            shape: a.geometry.kind === "rectangle" || a.geometry.kind === "ellipse",
            plane: a.geometry.plane.z === "all" || a.geometry.plane.t === "all",
          }),
          ...(attributes && { attributes }),
        },
      },
    });
  }
  return { type: "FeatureCollection", features };
}

/** QuPath refuses ": " in a name: a derived class is a list of names. */
function classification({ name, color }: ExportedClass): JsonObject {
  const names = name.split(": ").filter((part) => part !== "");
  const rgb = { color: rgbOf(color) };
  return names.length > 1 ? { names, ...rgb } : { name: names[0] ?? name, ...rgb };
}

function geoGeometry(g: Geometry): JsonObject {
  const { z, t } = g.plane;
  const plane = z !== "all" && t !== "all" && (z > 0 || t > 0) ? { plane: { c: -1, z, t } } : {};
  switch (g.kind) {
    case "point":
      return { type: "Point", coordinates: [g.x, g.y], ...plane };
    case "polyline":
      return { type: "LineString", coordinates: pairs(g.points), ...plane };
    case "polygon": {
      const parts = g.parts.map((rings) => rings.map(closed));
      return parts.length === 1
        ? { type: "Polygon", coordinates: parts[0], ...plane }
        : { type: "MultiPolygon", coordinates: parts, ...plane };
    }
    default: {
      const coordinates = outlineOf(g, TOLERANCE).rings.map(closed);
      // For QuPath an ellipse is its bounding box: only one that is not turned.
      const upright = g.kind === "ellipse" && g.rotation === 0 ? { isEllipse: true } : {};
      return { type: "Polygon", coordinates, ...upright, ...plane };
    }
  }
}

function pairs(ring: Ring): number[][] {
  const result: number[][] = [];
  for (let i = 0; i < ring.length; i += 2) result.push([ring[i]!, ring[i + 1]!]);
  return result;
}

function closed(ring: Ring): number[][] {
  const points = pairs(ring);
  return [...points, [ring[0]!, ring[1]!]];
}

/**
 * Reads a FeatureCollection, an array of features, a feature or a bare geometry. Throws InterchangeError
 * ("not-json", "not-geojson") where the file is none of these; what is wrong with single features is in `problems`.
 */
export function decodeGeoJson(text: string): Imported {
  const problems: InterchangeError[] = [];
  const classes = new ClassCounter();
  const annotations: ImportedAnnotation[] = [];
  for (const [at, feature] of featuresOf(parseJson(text)))
    orProblem(problems, () => {
      if (!isObject(feature) || feature.type !== "Feature") fail("not-geojson", at, "a Feature", feature);
      const properties = isObject(feature.properties) ? feature.properties : {};
      const { className, color } = classOf(properties.classification, `${at}.properties.classification`);
      const measurements = measurementsOf(properties.measurements, `${at}.properties.measurements`, problems);
      const attributes = mergeMetadata(
        isObject(properties.coscope)
          ? readAttributes(properties.coscope.attributes, `${at}.properties.coscope.attributes`, problems)
          : null,
        properties.metadata,
        `${at}.properties.metadata`,
        problems,
      );
      for (const read of geometriesOf(feature.geometry, `${at}.geometry`, problems)) {
        const { geometry, rest, label } = readOwn(properties.coscope, read.plane, () => read);
        annotations.push({
          ...stored(geometry, `${at}.geometry`),
          className,
          label: labelOf(label ?? properties.name, `${at}.properties.name`, problems),
          ...(typeof feature.id === "string" && { id: feature.id }),
          ...rest,
          ...(properties.isLocked === true && { locked: true as const }),
          ...(attributes && { attributes }),
          ...(measurements && { measurements }),
          ...(isObject(feature.nucleusGeometry) && { nucleus: true as const }),
        });
        classes.count(className, color);
      }
    });
  return { annotations, classes: classes.list(), problems };
}

const GEOMETRIES = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"];

function featuresOf(root: unknown): [string, unknown][] {
  const listed = (list: readonly unknown[], name: string): [string, unknown][] =>
    list.map((feature, i) => [`${name}[${i}]`, feature]);
  if (Array.isArray(root)) return listed(root, "");
  if (isObject(root)) {
    if (root.type === "FeatureCollection" && Array.isArray(root.features))
      return listed(root.features, "features");
    if (root.type === "Feature") return [["feature", root]];
    if (GEOMETRIES.includes(root.type as string))
      return [["geometry", { type: "Feature", geometry: root, properties: {} }]];
  }
  return fail(
    "not-geojson",
    "",
    "a FeatureCollection, features or a geometry",
    isObject(root) ? root.type : root,
  );
}

/** Most geometries are one annotation; several points or lines are several. */
function geometriesOf(value: unknown, at: string, problems: InterchangeError[]): Geometry[] {
  if (!isObject(value)) return fail("bad-geometry", at, "a geometry", value);
  const plane = planeOf(value.plane);
  const { coordinates } = value;
  const list = Array.isArray(coordinates)
    ? coordinates
    : fail("bad-geometry", `${at}.coordinates`, "an array", coordinates);
  const point = (c: unknown, where: string): Geometry => {
    const [x, y] = position(c, where);
    return { kind: "point", plane, x, y };
  };
  const line = (c: unknown, where: string): Geometry => ({
    kind: "polyline",
    plane,
    points: lineOf(c, where),
  });
  const each = (read: (c: unknown, where: string) => Geometry): Geometry[] =>
    list.flatMap((c, i) => orProblem(problems, () => read(c, `${at}.coordinates[${i}]`)) ?? []);
  switch (value.type) {
    case "Point":
      return [point(list, `${at}.coordinates`)];
    case "MultiPoint":
      return each(point);
    case "LineString":
      return [line(list, `${at}.coordinates`)];
    case "MultiLineString":
      return each(line);
    case "Polygon": {
      const rings = ringsOf(list, `${at}.coordinates`);
      return [
        value.isEllipse === true ? ellipseIn(rings[0]!, plane) : { kind: "polygon", plane, parts: [rings] },
      ];
    }
    case "MultiPolygon":
      return [
        { kind: "polygon", plane, parts: list.map((rings, i) => ringsOf(rings, `${at}.coordinates[${i}]`)) },
      ];
    default:
      return fail("unsupported", `${at}.type`, GEOMETRIES.join(", "), value.type);
  }
}

/** QuPath leaves the first plane out. */
function planeOf(value: unknown): Plane {
  const { z, t } = isObject(value) ? value : {};
  return { z: isIndex(z) ? z : 0, t: isIndex(t) ? t : 0 };
}

function position(value: unknown, at: string): [number, number] {
  if (!Array.isArray(value) || !isNumber(value[0]) || !isNumber(value[1]))
    return fail("bad-geometry", at, "[x, y]", value);
  return [value[0], value[1]];
}

function lineOf(value: unknown, at: string): number[] {
  if (!Array.isArray(value)) return fail("bad-geometry", at, "an array of [x, y]", value);
  return value.flatMap((c, i) => position(c, `${at}[${i}]`));
}

/** The last position repeats the first; where it does not, the ring is taken as closed. */
function ringsOf(value: unknown, at: string): number[][] {
  if (!Array.isArray(value) || value.length === 0)
    return fail("bad-geometry", at, "an array of rings", value);
  return value.map((c, i) => {
    const ring = lineOf(c, `${at}[${i}]`);
    const n = ring.length;
    if (n > 2 && ring[0] === ring[n - 2] && ring[1] === ring[n - 1]) ring.length = n - 2;
    return ring;
  });
}

function ellipseIn(ring: readonly number[], plane: Plane): Geometry {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    [x0, x1] = [Math.min(x0, ring[i]!), Math.max(x1, ring[i]!)];
    [y0, y1] = [Math.min(y0, ring[i + 1]!), Math.max(y1, ring[i + 1]!)];
  }
  const [rx, ry] = [(x1 - x0) / 2, (y1 - y0) / 2];
  return { kind: "ellipse", plane, cx: x0 + rx, cy: y0 + ry, rx, ry, rotation: 0 };
}

function classOf(value: unknown, at: string): { className: string | null; color: string | null } {
  if (value === undefined || value === null) return { className: null, color: null };
  if (typeof value === "string") return { className: value || null, color: null };
  if (!isObject(value)) return fail("bad-value", at, "a classification", value);
  const color = colorOf(value.color) ?? colorOf(value.colorRGB);
  const { names, name } = value;
  if (Array.isArray(names) && names.length > 0 && names.every((n) => typeof n === "string"))
    return { className: names.join(": "), color };
  return typeof name === "string" && name !== "" ? { className: name, color } : { className: null, color };
}

/** An object of numbers, or QuPath's older list of {name, value}. */
function measurementsOf(
  value: unknown,
  at: string,
  problems: InterchangeError[],
): Record<string, number> | null {
  if (value === undefined || value === null) return null;
  const entries: [unknown, unknown][] = Array.isArray(value)
    ? value.map((m) => (isObject(m) ? [m.name, m.value] : [undefined, m]))
    : isObject(value)
      ? Object.entries(value)
      : [[undefined, value]];
  const good: [string, number][] = [];
  for (const [name, number] of entries) {
    if (typeof name === "string" && isNumber(number)) good.push([name, number]);
    else if (number !== "NaN" && number !== null)
      problems.push(
        new InterchangeError(
          "bad-value",
          `${at}.${typeof name === "string" ? name : "?"}`,
          "a number",
          shown(number),
        ),
      );
  }
  return good.length > 0 ? Object.fromEntries(good) : null;
}
