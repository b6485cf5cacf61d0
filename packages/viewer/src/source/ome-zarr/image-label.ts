import type { LabelInfo } from "../image-source.ts";

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** More entries than this are dropped: a table of that size belongs beside the image, not in its metadata. */
const MAX_ENTRIES = 1_000_000;

function entriesOf(value: unknown): (readonly [number, Json])[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_ENTRIES).flatMap((entry) => {
    const label: unknown = isObject(entry) ? entry["label-value"] : undefined;
    return typeof label === "number" && Number.isFinite(label) ? [[label, entry as Json] as const] : [];
  });
}

function colorOf(rgba: unknown): number | null {
  if (!Array.isArray(rgba) || rgba.length < 3) return null;
  const parts = [0, 1, 2, 3].map((i) => {
    const part: unknown = rgba[i] ?? 255;
    return typeof part === "number" && part >= 0 && part <= 255 ? Math.round(part) : null;
  });
  if (parts.includes(null)) return null;
  // Not by shifts: those give signed numbers.
  return parts.reduce<number>((color, part) => color * 256 + part!, 0);
}

/**
 * Reads `image-label`; null where the group is no label image. What is damaged
 * in it is left out: colours are nice to have, pixels are not.
 * @param ome 0.5: `attributes.ome`; 0.4: the whole of `.zattrs`.
 */
export function imageLabelOf(ome: Json): LabelInfo | null {
  const told = ome["image-label"];
  if (!isObject(told)) return null;
  const colors = new Map<number, number>();
  for (const [value, entry] of entriesOf(told["colors"])) {
    const color = colorOf(entry["rgba"]);
    if (color !== null) colors.set(value, color);
  }
  const properties = new Map<number, Json>();
  for (const [value, entry] of entriesOf(told["properties"])) {
    const { "label-value": _, ...rest } = entry;
    properties.set(value, rest);
  }
  return { colors, properties };
}
