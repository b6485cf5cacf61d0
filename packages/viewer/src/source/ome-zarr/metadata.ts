import { SourceError } from "../../errors.ts";
import type { LabelInfo } from "../image-source.ts";
import { imageLabelOf } from "./image-label.ts";
import { MAX_LEVELS } from "./limits.ts";

/** zarr.json of an array, or a v2 `.zarray` brought into the same shape by zarrita. */
export interface ArrayDocument {
  readonly [key: string]: unknown;
}

export interface DatasetEntry {
  readonly path: string;
  /** Per axis of the array, outermost first; multiscale-level scale applied. */
  readonly scale: readonly number[];
}

export interface AxisEntry {
  readonly name: string;
  readonly type: string | undefined;
  readonly unit: string | undefined;
}

export interface OmeroChannel {
  readonly label: string | undefined;
  readonly color: number | null;
  readonly window: { min: number; max: number; start: number; end: number } | null;
  readonly active: boolean | undefined;
}

/** What is needed of `multiscales` and `omero`, checked. */
export interface Multiscale {
  readonly name: string;
  /** Empty when the file names none (before 0.4): the array's rank decides. */
  readonly axes: readonly AxisEntry[];
  readonly datasets: readonly DatasetEntry[];
  readonly channels: readonly OmeroChannel[];
  /** Null when the image is none of labels. */
  readonly label: LabelInfo | null;
  readonly warnings: readonly string[];
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const asNumber = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function malformed(url: string, expected: string, got: string): SourceError {
  return new SourceError("malformed", {
    url,
    expected,
    got,
    next: "The image's metadata is damaged or not OME-Zarr 0.4 or 0.5: write it again or ask whoever made it.",
  });
}

/**
 * Reads the OME attributes of a group.
 * @param attributes 0.5: `attributes.ome`; 0.4: the whole of `.zattrs`.
 * @param url for messages
 */
export function parseMultiscale(attributes: unknown, url: string): Multiscale {
  const ome = isObject(attributes) ? attributes : {};
  const multiscale = asArray(ome["multiscales"])[0];
  if (!isObject(multiscale)) {
    throw malformed(url, "a multiscales entry", "none");
  }
  const warnings: string[] = [];
  if (asArray(ome["multiscales"]).length > 1) {
    warnings.push("The file holds several multiscale images; the first is shown.");
  }
  const axes = asArray(multiscale["axes"]).map((axis, i): AxisEntry => {
    if (typeof axis === "string") return { name: axis, type: undefined, unit: undefined };
    const name = isObject(axis) ? asText(axis["name"]) : undefined;
    if (!isObject(axis) || name === undefined)
      throw malformed(url, "a name for every axis", `none for axis ${i}`);
    return { name, type: asText(axis["type"]), unit: asText(axis["unit"]) };
  });
  const shared = scaleOf(multiscale["coordinateTransformations"], warnings);
  const entries = asArray(multiscale["datasets"]);
  if (entries.length === 0) throw malformed(url, "at least one dataset", "none");
  if (entries.length > MAX_LEVELS)
    throw malformed(url, `${MAX_LEVELS} datasets at most`, `${entries.length}`);
  const datasets = entries.map((entry): DatasetEntry => {
    const path = isObject(entry) ? asText(entry["path"]) : undefined;
    if (!isObject(entry) || path === undefined) throw malformed(url, "a path for every dataset", "none");
    if (path.split("/").includes("..")) throw malformed(url, "datasets inside the image", `path ${path}`);
    const own = scaleOf(entry["coordinateTransformations"], warnings);
    return { path, scale: multiply(own, shared) };
  });
  return {
    name: asText(multiscale["name"]) ?? "",
    axes,
    datasets,
    channels: omeroChannels(ome["omero"]),
    label: imageLabelOf(ome),
    warnings: [...new Set(warnings)],
  };
}

/** Only scale is used: translations that matter are those between levels, and these follow from the scale. */
function scaleOf(transformations: unknown, warnings: string[]): number[] {
  let scale: number[] = [];
  for (const transformation of asArray(transformations)) {
    if (!isObject(transformation)) continue;
    const type = asText(transformation["type"]);
    if (type === "scale") {
      scale = asArray(transformation["scale"]).map((value) => asNumber(value) ?? 1);
    } else if (type !== "translation" && type !== "identity") {
      warnings.push(`A coordinate transformation of type "${type}" is not applied.`);
    }
  }
  return scale;
}

function multiply(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 1) * (b[i] ?? 1));
}

function omeroChannels(omero: unknown): OmeroChannel[] {
  if (!isObject(omero)) return [];
  return asArray(omero["channels"]).map((channel) => {
    const entry = isObject(channel) ? channel : {};
    const hex = asText(entry["color"])?.replace(/^#/, "") ?? "";
    return {
      label: asText(entry["label"]),
      color: /^[0-9a-f]{6}([0-9a-f]{2})?$/i.test(hex) ? Number.parseInt(hex.slice(0, 6), 16) : null,
      window: windowOf(entry["window"]),
      active: typeof entry["active"] === "boolean" ? entry["active"] : undefined,
    };
  });
}

function windowOf(value: unknown): OmeroChannel["window"] {
  if (!isObject(value)) return null;
  const start = asNumber(value["start"]);
  const end = asNumber(value["end"]);
  if (start === null || end === null || start >= end) return null;
  const min = asNumber(value["min"]) ?? start;
  const max = asNumber(value["max"]) ?? end;
  return { min: Math.min(min, start), max: Math.max(max, end), start, end };
}
