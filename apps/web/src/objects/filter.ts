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

/** The words looked for, in lower case. */
const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Whether whatever `after` shows, `before` shows too: more was typed, and nothing else is different. */
export function narrows(before: TableFilter, after: TableFilter): boolean {
  const { text: was, ...rest } = before;
  const { text: is, ...now } = after;
  const words = wordsOf(is);
  const same = (Object.keys(now) as (keyof typeof now)[]).every((key) => now[key] === rest[key]);
  return same && wordsOf(was).every((word) => words.some((other) => other.includes(word)));
}

/** Columns that words are looked for in. */
const isText = ({ kind }: Column): boolean => kind === "text";

/** Whether a row is shown. Cheapest questions first; a text that many rows share is looked at once. */
export function matcher(filter: TableFilter, columns: readonly Column[]): (row: ObjectRow) => boolean {
  const { classes, author, range, inView, selected } = filter;
  const finders = wordsOf(filter.text).map((word) => finder(word, columns.filter(isText)));
  const ranged = range && columns.find(({ id }) => id === range.column);
  return (row) => {
    const { annotation } = row;
    if (selected && !selected.has(row.id)) return false;
    if (classes && !classes.has(annotation.classId ?? "")) return false;
    if (author !== null && annotation.author !== author) return false;
    if (inView) {
      const { minX, minY, maxX, maxY } = annotation.bounds;
      if (minX > inView.maxX || maxX < inView.minX || minY > inView.maxY || maxY < inView.minY) return false;
    }
    for (const finds of finders) if (!finds(row)) return false;
    if (ranged && range) {
      const value = ranged.value(row);
      if (typeof value !== "number") return false;
      if (range.min !== null && value < range.min) return false;
      if (range.max !== null && value > range.max) return false;
    }
    return true;
  };
}

/** Whether one of the columns has the word somewhere. */
function finder(word: string, columns: readonly Column[]): (row: ObjectRow) => boolean {
  const within = (cell: Cell) => typeof cell === "string" && cell !== "" && cell.toLowerCase().includes(word);
  const tests = columns.map((column) => {
    const { sharedBy } = column;
    if (!sharedBy) return (row: ObjectRow) => within(column.value(row));
    const known = new Map<string | null, boolean>();
    return (row: ObjectRow) => {
      const key = sharedBy(row);
      let found = known.get(key);
      if (found === undefined) {
        found = within(column.value(row));
        known.set(key, found);
      }
      return found;
    };
  });
  return (row) => {
    for (const test of tests) if (test(row)) return true;
    return false;
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

/** The order of a table that nobody sorted, and of equals in any other. */
export function byAge(rows: Iterable<ObjectRow>): ObjectRow[] {
  return [...rows].sort(compareRows);
}

/**
 * A sorted copy of rows that come by age. Texts are compared once for each different one, rows as numbers: a hundred
 * thousand in a moment.
 */
export function sortRows(
  aged: readonly ObjectRow[],
  column: Column | undefined,
  descending: boolean,
): readonly ObjectRow[] {
  if (!column) return aged;
  const cells = aged.map((row) => column.value(row));
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
  const keys = Float64Array.from(cells, (cell) => {
    if (cell === null || cell === "") return Number.POSITIVE_INFINITY;
    return sign * (typeof cell === "number" ? cell : top + 1 + ranks.get(cell)!);
  });
  // Equals stay as they come: by age.
  const order = Array.from(aged, (_, i) => i).sort((a, b) => {
    const left = keys[a]!;
    const right = keys[b]!;
    return left < right ? -1 : left > right ? 1 : 0;
  });
  return order.map((i) => aged[i]!);
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
