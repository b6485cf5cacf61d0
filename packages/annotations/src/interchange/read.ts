import { MAX_LABEL_LENGTH } from "../document/index.ts";
import { checkGeometry, type Geometry, GeometryError, quantizeGeometry } from "../geometry/index.ts";
import { mended } from "../shapes/booleans.ts";
import { ShapeError } from "../shapes/errors.ts";
import { InterchangeError, type InterchangeErrorCode, shown } from "./errors.ts";
import type { ImportedClass } from "./types.ts";

/* Reading what strangers wrote: every value is looked at before it is used. */

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);
export const isIndex = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

/** Throws InterchangeError ("not-json"). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw new InterchangeError(
      "not-json",
      "",
      "JSON",
      error instanceof Error ? error.message : String(error),
    );
  }
}

/** JSON in ASCII: some readers break on anything else under a plain locale. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A geometry as it may be stored; `repaired` where the file's crossed or overlapped itself. */
export interface Stored {
  readonly geometry: Geometry;
  readonly repaired?: true;
}

/**
 * On the grid and good to be stored, or throws InterchangeError ("bad-geometry"). What is sound stays as it is; a
 * polygon whose outline crosses itself or its other rings becomes the area that it covers.
 */
export function stored(geometry: Geometry, at: string): Stored {
  try {
    const flat = faultOf(geometry);
    const onGrid = quantizeGeometry(geometry);
    const sound = mended(onGrid);
    if (!sound) throw flat ?? new GeometryError("zero-area", "an area", "nothing on the 1/64 px grid");
    if (sound === onGrid && flat) throw flat;
    return sound === onGrid ? { geometry: onGrid } : { geometry: sound, repaired: true };
  } catch (error) {
    if (error instanceof GeometryError || error instanceof ShapeError)
      throw new InterchangeError("bad-geometry", at, error.expected, error.got);
    throw error;
  }
}

/** What is wrong but can perhaps be mended: rings of no area. Throws GeometryError for anything else. */
function faultOf(geometry: Geometry): GeometryError | null {
  try {
    checkGeometry(geometry);
    return null;
  } catch (error) {
    if (error instanceof GeometryError && error.code === "zero-area" && geometry.kind === "polygon")
      return error;
    throw error;
  }
}

/** Runs `read`; what of ours it throws becomes a problem, and null is returned. */
export function orProblem<T>(problems: InterchangeError[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InterchangeError)) throw error;
    problems.push(error);
    return null;
  }
}

/** A label as it may be stored: what is too long is cut, and said. */
export function labelOf(value: unknown, at: string, problems: InterchangeError[]): string {
  if (typeof value !== "string") return "";
  if (value.length <= MAX_LABEL_LENGTH) return value;
  problems.push(
    new InterchangeError("bad-value", at, `at most ${MAX_LABEL_LENGTH} characters`, `${value.length}; cut`),
  );
  return value.slice(0, MAX_LABEL_LENGTH);
}

export function fail(code: InterchangeErrorCode, at: string, expected: string, got: unknown): never {
  throw new InterchangeError(code, at, expected, shown(got));
}

/** Counts classes by name, in the order in which they come; the first colour given stays. */
export class ClassCounter {
  readonly #classes = new Map<string, { color: string | null; count: number }>();

  declare(name: string, color: string | null): void {
    const known = this.#classes.get(name);
    if (!known) this.#classes.set(name, { color, count: 0 });
    else known.color ??= color;
  }

  count(name: string | null, color: string | null): void {
    if (name === null) return;
    this.declare(name, color);
    this.#classes.get(name)!.count++;
  }

  list(): ImportedClass[] {
    return [...this.#classes].map(([name, { color, count }]) => ({ name, color, count }));
  }
}

/** `#rrggbb` of three numbers from 0 to 255, or of a (signed) integer 0xAARRGGBB; null for anything else. */
export function colorOf(value: unknown): string | null {
  if (Array.isArray(value) && value.length >= 3 && value.slice(0, 3).every((c) => isIndex(c) && c < 256))
    return hex((value[0] << 16) | (value[1] << 8) | value[2]);
  if (typeof value === "number" && Number.isInteger(value)) return hex(value & 0xffffff);
  if (typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value)) return value.toLowerCase();
  return null;
}

const hex = (rgb: number): string => `#${rgb.toString(16).padStart(6, "0")}`;

export const rgbOf = (color: string): [number, number, number] => {
  const rgb = Number.parseInt(color.slice(1), 16);
  return [(rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255];
};
