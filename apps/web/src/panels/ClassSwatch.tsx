import type { ClassRow } from "../state/rows.ts";

/** The colour of a class; an empty outline for Unclassified (null). */
export function ClassSwatch({ row, size = 14 }: { row: ClassRow | null; size?: number }) {
  const box = { width: size, height: size };
  return row ? (
    <span className="swatch" style={{ ...box, background: row.color }} />
  ) : (
    <span className="swatch swatch-none" style={box} />
  );
}
