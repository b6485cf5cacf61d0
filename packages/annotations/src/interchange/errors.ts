export type InterchangeErrorCode =
  | "not-json"
  | "not-geojson"
  | "not-coco"
  | "bad-geometry"
  | "bad-value"
  | "bad-rle"
  | "unsupported"
  | "too-large";

/** What cannot be read (or written), and where in the file: `features[3].geometry`. */
export class InterchangeError extends Error {
  override readonly name = "InterchangeError";
  readonly code: InterchangeErrorCode;
  readonly at: string;
  readonly expected: string;
  readonly got: string;
  constructor(code: InterchangeErrorCode, at: string, expected: string, got: string) {
    super(`${at || "The file"}: expected ${expected}, got ${got} (${code}).`);
    this.code = code;
    this.at = at;
    this.expected = expected;
    this.got = got;
  }
}

/** A short picture of any value for messages. */
export function shown(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return value.length > 40 ? `"${value.slice(0, 40)}…"` : `"${value}"`;
  return String(value);
}
