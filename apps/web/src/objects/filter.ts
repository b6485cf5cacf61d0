import type { ImageRect } from "@coscope/annotations";
import type { Cell, Column } from "./columns.ts";
import type { ObjectRow } from "./rows.ts";

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/** From and to, both included; null is no limit. Rows without a value are left out. */
export interface Range {
  readonly column: string;
  readonly min: number | null;
  readonly max: number | null;
}

/** What of all objects the table shows. */
export interface TableFilter {
  /** Words; each must be found in one of the text columns. */
  readonly text: string;
  /** null: any. "" among them is Unclassified. */
  readonly classes: ReadonlySet<string> | null;
  readonly author: string | null;
  readonly range: Range | null;
  readonly inView: ImageRect | null;
  readonly selected: ReadonlySet<string> | null;
}

export const EVERYTHING: TableFilter = {
  text: "",
  classes: null,
  author: null,
  range: null,
  inView: null,
  selected: null,
};

/** Columns that words are looked for in. */
const isText = ({ kind }: Column): boolean => kind === "text";

/** Whether a row is shown. Cheapest questions first; texts that many rows share are looked at once. */
export function matcher(filter: TableFilter, columns: readonly Column[]): (row: ObjectRow) => boolean {
  const { classes, author, range, inView, selected } = filter;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const texts = columns.filter(isText);
  const known = words.map(() => new Map<string, boolean>());
  const ranged = range && columns.find(({ id }) => id === range.column);
  const has = (text: string, word: number): boolean => {
    let found = known[word]!.get(text);
    if (found === undefined) {
      found = text.toLowerCase().includes(words[word]!);
      known[word]!.set(text, found);
    }
    return found;
  };
  return (row) => {
    const { annotation } = row;
    if (selected && !selected.has(row.id)) return false;
    if (classes && !classes.has(annotation.classId ?? "")) return false;
    if (author !== null && annotation.author !== author) return false;
    if (inView) {
      const { minX, minY, maxX, maxY } = annotation.bounds;
      if (minX > inView.maxX || maxX < inView.minX || minY > inView.maxY || maxY < inView.minY) return false;
    }
    for (let word = 0; word < words.length; word++) {
      if (
        !texts.some((column) => {
          const text = column.value(row);
          return typeof text === "string" && text !== "" && has(text, word);
        })
      )
        return false;
    }
    if (ranged && range) {
      const value = ranged.value(row);
      if (typeof value !== "number") return false;
      if (range.min !== null && value < range.min) return false;
      if (range.max !== null && value > range.max) return false;
    }
    return true;
  };
}

/** Whether values of all rows have to be there before this can be answered. */
export function needsMeasures(
  columns: readonly Column[],
  filter: TableFilter,
  sorting: Sorting | null,
): boolean {
  const used = [filter.range?.column, sorting?.column];
  return columns.some(({ id, measured }) => measured && used.includes(id));
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Texts with their numbers as people count; what has no value stands last, whichever way round. */
export function compareCells(a: Cell, b: Cell, descending: boolean): number {
  const [noA, noB] = [a === null || a === "", b === null || b === ""];
  if (noA || noB) return noA === noB ? 0 : noA ? 1 : -1;
  const order =
    typeof a === "number" && typeof b === "number"
      ? a - b
      : typeof a === "number" || typeof b === "number"
        ? typeof a === "number"
          ? -1
          : 1
        : collator.compare(a as string, b as string);
  return descending ? -order : order;
}

/** Among equals the older first, then by id, so that every page agrees. */
function compareRows(a: ObjectRow, b: ObjectRow): number {
  return a.annotation.created - b.annotation.created || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

export function comparer(
  column: Column | undefined,
  descending: boolean,
): (a: ObjectRow, b: ObjectRow) => number {
  if (!column) return compareRows;
  return (a, b) => compareCells(column.value(a), column.value(b), descending) || compareRows(a, b);
}

/** A sorted copy. Texts are compared once for each different one, numbers as numbers: a hundred thousand in a moment. */
export function sortRows(
  rows: readonly ObjectRow[],
  column: Column | undefined,
  descending: boolean,
): ObjectRow[] {
  if (!column) return rows.toSorted(compareRows);
  const cells = rows.map((row) => column.value(row));
  const keys = new Float64Array(rows.length);
  const distinct = [...new Set(cells)].filter((cell) => typeof cell === "string" && cell !== "") as string[];
  const ranks = new Map<string, number>();
  let rank = 0;
  distinct.toSorted(collator.compare).forEach((text, i, sorted) => {
    if (i > 0 && collator.compare(sorted[i - 1]!, text) !== 0) rank++;
    ranks.set(text, rank);
  });
  // Numbers before texts, as compareCells has it: texts count on from the greatest number.
  const sign = descending ? -1 : 1;
  let top = 0;
  for (const cell of cells) if (typeof cell === "number" && cell > top) top = cell;
  cells.forEach((cell, i) => {
    if (cell === null || cell === "") keys[i] = Number.POSITIVE_INFINITY;
    else keys[i] = sign * (typeof cell === "number" ? cell : top + 1 + ranks.get(cell)!);
  });
  const order = Uint32Array.from(rows, (_, i) => i).sort((a, b) => {
    const difference = keys[a]! - keys[b]!;
    if (difference < 0) return -1;
    if (difference > 0) return 1;
    return compareRows(rows[a]!, rows[b]!);
  });
  return Array.from(order, (i) => rows[i]!);
}

/**
 * The shown rows after a small change: without those that went, with those that came or changed at their place.
 * `gone` holds the ids of all that changed as well.
 */
export function patchView(
  view: readonly ObjectRow[],
  gone: ReadonlySet<string>,
  came: readonly ObjectRow[],
  order: (a: ObjectRow, b: ObjectRow) => number,
): ObjectRow[] {
  const kept = gone.size > 0 ? view.filter(({ id }) => !gone.has(id)) : [...view];
  for (const row of came) {
    let [low, high] = [0, kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order(kept[middle]!, row) <= 0) low = middle + 1;
      else high = middle;
    }
    kept.splice(low, 0, row);
  }
  return kept;
}
