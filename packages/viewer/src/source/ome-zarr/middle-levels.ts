import type { ArrayDocument, DatasetEntry } from "./metadata.ts";

/*
 * Pyramids are regular: what lies between the full resolution and the coarsest level can be told from these two and
 * the stated scales. That spares a request a level before the first picture. Whether it is so is looked up when a
 * level is first read (`chunks.ts`).
 */

/** Full-resolution pixels per pixel along each axis. */
function factors(datasets: readonly DatasetEntry[], level: number): number[] {
  const full = datasets[0]!.scale;
  return (datasets[level]?.scale ?? []).map((scale, axis) => {
    const factor = scale / (full[axis] ?? 1);
    return Math.abs(factor - Math.round(factor)) < 1e-3 ? Math.round(factor) : factor;
  });
}

/** Whether there is a middle, and scales that tell what it is like. */
export function tellsMiddle(datasets: readonly DatasetEntry[]): boolean {
  const last = datasets.length - 1;
  return last > 1 && datasets.every((_, level) => level === 0 || factors(datasets, level).some((f) => f > 1));
}

const ROUNDING = [Math.ceil, Math.floor, Math.round] as const;

/**
 * Documents of all levels, given those of the first and the last. null where these two differ in more than their
 * size, or the scales lead to another size of the last.
 */
export function withMiddle(
  datasets: readonly DatasetEntry[],
  first: ArrayDocument,
  last: ArrayDocument,
): ArrayDocument[] | null {
  const [full, coarse] = [shapeOf(first), shapeOf(last)];
  const [fullChunk, coarseChunk] = [chunkOf(first), chunkOf(last)];
  const ranks = new Set([full, coarse, fullChunk, coarseChunk].map((list) => list?.length));
  if (!full || !coarse || !fullChunk || !coarseChunk || ranks.size !== 1) return null;
  if (apartFromSize(first) !== apartFromSize(last)) return null;

  const sizes = (level: number, round: (n: number) => number) => {
    const by = factors(datasets, level);
    return full.map((size, axis) => {
      const factor = by[axis] ?? 1;
      // A scale like 2.02 states the ratio of the sizes themselves.
      const rounded = Number.isInteger(factor) ? round(size / factor) : Math.round(size / factor);
      return Math.max(1, rounded);
    });
  };
  const end = datasets.length - 1;
  const round = ROUNDING.find((candidate) => same(sizes(end, candidate), coarse));
  if (!round) return null;
  // Some writers cut chunks down to small levels.
  const cut = (shape: readonly number[]) => fullChunk.map((n, axis) => Math.min(n, shape[axis]!));
  const isCut = !same(fullChunk, coarseChunk);
  if (isCut && (isSharded(first) || !same(cut(coarse), coarseChunk))) return null;

  return datasets.map((_, level) => {
    if (level === 0 || level === end) return level === 0 ? first : last;
    const shape = sizes(level, round);
    return resized(first, shape, isCut ? cut(shape) : fullChunk);
  });
}

/** Whether two documents describe an array of the same size, kept in the same way. */
export function sameArray(a: ArrayDocument, b: ArrayDocument): boolean {
  return (
    apartFromSize(a) === apartFromSize(b) && same(shapeOf(a), shapeOf(b)) && same(chunkOf(a), chunkOf(b))
  );
}

const same = (a: readonly number[] | null, b: readonly number[] | null): boolean =>
  a !== null && b !== null && a.length === b.length && a.every((n, i) => n === b[i]);

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n > 0);

const shapeOf = ({ shape }: ArrayDocument): number[] | null => (isNumbers(shape) ? shape : null);

interface ChunkGrid {
  readonly configuration?: { readonly chunk_shape?: unknown };
}

/** Of a version 2 or version 3 document; the shard where chunks are in shards. */
function chunkOf({ chunks, chunk_grid: grid }: ArrayDocument): number[] | null {
  const shape = chunks ?? (grid as ChunkGrid | null | undefined)?.configuration?.chunk_shape;
  return isNumbers(shape) ? shape : null;
}

const isSharded = ({ codecs }: ArrayDocument): boolean =>
  JSON.stringify(codecs ?? "").includes("sharding_indexed");

function apartFromSize({ shape: _, chunks: __, chunk_grid: grid, attributes: ___, ...rest }: ArrayDocument) {
  const sorted = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([(grid as { name?: unknown } | undefined)?.name, sorted]);
}

function resized(document: ArrayDocument, shape: number[], chunk: number[]): ArrayDocument {
  const grid = document["chunk_grid"] as ChunkGrid | undefined;
  return grid
    ? { ...document, shape, chunk_grid: { ...grid, configuration: { chunk_shape: chunk } } }
    : { ...document, shape, chunks: chunk };
}
