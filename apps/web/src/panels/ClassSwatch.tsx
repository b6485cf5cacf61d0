import { isIgnored } from "@coscope/annotations/class-names";
import type { ClassRow } from "../state/rows.ts";

/** The colour of a class, hatched for one that is left out; an empty outline for Unclassified (null). */
export function ClassSwatch({ row, size = 14 }: { row: ClassRow | null; size?: number }) {
  const box = { width: size, height: size };
  return row ? (
    <span
      className={isIgnored(row.name) ? "swatch swatch-ignored" : "swatch"}
      style={{ ...box, backgroundColor: row.color }}
    />
  ) : (
    <span className="swatch swatch-none" style={box} />
  );
}
