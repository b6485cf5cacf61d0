/** Plain data as it may stand in attributes and provenance. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const MAX_JSON_BYTES = 16 * 1024;
const MAX_DEPTH = 8;

/** Whether a value is plain data within the limits: depth 8, at most 16 KiB as UTF-16 units of its JSON form. */
export function isBoundedJson(value: unknown): value is Json {
  return measure(value, MAX_DEPTH) <= MAX_JSON_BYTES;
}

/** Characters of the JSON form, roughly; Infinity where the value is not plain data. Stops early when too large. */
function measure(value: unknown, depth: number): number {
  if (value === null || typeof value === "boolean") return 5;
  if (typeof value === "string") return value.length + 2;
  if (typeof value === "number") return Number.isFinite(value) ? 8 : Number.POSITIVE_INFINITY;
  if (typeof value !== "object" || depth === 0) return Number.POSITIVE_INFINITY;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype)
    return Number.POSITIVE_INFINITY;
  let size = 2;
  for (const [key, item] of Object.entries(value)) {
    size += measure(item, depth - 1) + key.length + 1;
    if (size > MAX_JSON_BYTES) return Number.POSITIVE_INFINITY;
  }
  return size;
}
