import { Buckets } from "./buckets.ts";
import { type Cell, cellAt, cellKey, coarser, finer, type Scale } from "./grid.ts";
import { area, cut, type LogitMap, type Mask, maskOf, overlap, partAt, trim } from "./mask.ts";
import type { Prompt } from "./prompts.ts";
import { logitsOf, type Proposal, proposedMask } from "./proposal.ts";
import { latticeIn, type Seed, seedsOf } from "./seeds.ts";
import type { Segmenter } from "./segmenter.ts";

export interface Rect {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

export interface Found {
  /** Px of the level that was searched. */
  readonly mask: Mask;
  /** 0..1: how likely the mask outlines one whole object. The slider of the tool works on it. */
  readonly score: number;
  readonly quality: number;
  readonly stability: number;
  readonly prompt: Prompt;
  /** The region that the network looked at. */
  readonly cell: Cell;
}

export interface ProposeAllOptions {
  readonly signal?: AbortSignal;
  /** Places of all that are expected: how many there are shows region by region. */
  readonly onProgress?: (done: number, of: number) => void;
  /** The level that is searched; the full resolution unless told. */
  readonly scale?: Scale;
  /** Its double is searched whatever is found, not only where objects are small. */
  readonly enlarged?: boolean;
  /** Masks below it are left out. 0.35 unless told: best for AP at 0.5 and 0.75 together on images that were trained on. */
  readonly minScore?: number;
  /** Objects of fewer px of the level are left out. */
  readonly minArea?: number;
  /** Of two masks that share more than this part of the smaller one, the one of the lower score goes. */
  readonly maxShared?: number;
}

/** Three px by three: what is smaller has no shape. */
const MIN_AREA = 9;

/** Everything in a rectangle of the image, best first; masks do not overlap. */
export async function proposeAll(
  segmenter: Segmenter,
  rect: Rect,
  options: ProposeAllOptions = {},
): Promise<Found[]> {
  const { signal, onProgress, scale = 1, enlarged = false } = options;
  const { minScore = 0.35, minArea = MIN_AREA, maxShared = 0.35 } = options;
  const kept: Found[] = [];
  const afar: Found[] = [];
  const large = segmenter.settings.coarserAbove;
  const covered = new Cover(segmenter.image, rect, scale);
  // SAM's networks take a background for an object too.
  const maxArea = segmenter.manifest.sam
    ? ((rect.maxX - rect.minX) * (rect.maxY - rect.minY) * scale ** 2) / 2
    : Number.POSITIVE_INFINITY;

  async function ask(seed: Seed, level: Scale): Promise<void> {
    const prompt: Prompt = { kind: "point", x: seed.x, y: seed.y, inside: true };
    const start = level < scale ? level : scale;
    const proposal = await segmenter.propose([prompt], null, { enough: minScore, finest: scale, start });
    const found = describe(proposal, prompt, scale);
    if (!found || found.score < minScore) return;
    const size = area(found.mask);
    if (size < minArea || size > maxArea) return;
    if (level < scale) {
      if (diameterOf(size) > large && found.score > SURE_FROM_AFAR) afar.push(found);
      return;
    }
    kept.push(found);
    if (found.score >= SURE) covered.add(found.mask);
  }

  /** Region by region, strongest seeds first. */
  async function search(level: Scale): Promise<void> {
    const cells = cellsOver(segmenter, rect, level);
    let [done, seen] = [0, 0];
    for (const [k, cell] of cells.entries()) {
      signal?.throwIfAborted();
      const next = cells[k + 1];
      const embedding = await segmenter.embedding(cell);
      // The next region is encoded while this one is searched.
      if (next) segmenter.embedding(next).catch(() => {});
      const seeds = segmenter.manifest.sam ? latticeIn(rect) : seedsOf(embedding, cell, segmenter.manifest);
      const own = seeds.filter(
        (s) => belongs(segmenter, s, cell) && within(rect, s) && !covered.has(s.x, s.y),
      );
      seen += own.length;
      const of = Math.round((seen * cells.length) / (k + 1));
      for (const seed of own) {
        signal?.throwIfAborted();
        onProgress?.(done++, of);
        if (!covered.has(seed.x, seed.y)) await ask(seed, level);
      }
    }
    onProgress?.(done, done);
  }

  await search(scale);
  if (!segmenter.manifest.sam) {
    // What is too large to be seen on this level: a quarter of it has a sixteenth of the regions.
    await search(coarser(coarser(scale)));
    if (enlarged || areSmall(kept.length > 0 ? kept : afar)) await search(finer(scale));
  }
  return suppress(kept, afar, maxShared, minArea);
}

/** A seed within a mask of this score is not asked about. */
const SURE = 0.75;
/** What looks like one object from further away is often several, or none. */
const SURE_FROM_AFAR = 0.6;
/** Where the middle object is smaller than this (px of the level), the enlarged image is searched too. */
const SMALL = 22;

function areSmall(found: readonly Found[]): boolean {
  const sizes = found.map((f) => diameterOf(area(f.mask))).sort((a, b) => a - b);
  return sizes.length === 0 || (sizes[sizes.length >> 1] as number) < SMALL;
}

const diameterOf = (size: number): number => 2 * Math.sqrt(size / Math.PI);

/** Which px of the rectangle lie in a mask, both px of one level. */
class Cover {
  readonly #scale: number;
  readonly #x: number;
  readonly #y: number;
  readonly #width: number;
  readonly #height: number;
  readonly #data: Uint8Array;
  constructor(image: { width: number; height: number }, rect: Rect, scale: number) {
    this.#scale = scale;
    this.#x = Math.max(0, Math.floor(rect.minX * scale));
    this.#y = Math.max(0, Math.floor(rect.minY * scale));
    this.#width = Math.max(0, Math.ceil(Math.min(image.width, rect.maxX) * scale) - this.#x);
    this.#height = Math.max(0, Math.ceil(Math.min(image.height, rect.maxY) * scale) - this.#y);
    this.#data = new Uint8Array(this.#width * this.#height);
  }
  add(m: Mask): void {
    for (let y = Math.max(m.y, this.#y); y < Math.min(m.y + m.height, this.#y + this.#height); y++)
      for (let x = Math.max(m.x, this.#x); x < Math.min(m.x + m.width, this.#x + this.#width); x++)
        if (m.data[(y - m.y) * m.width + x - m.x]) this.#data[(y - this.#y) * this.#width + x - this.#x] = 1;
  }
  /** Image px. */
  has(x: number, y: number): boolean {
    const [px, py] = [Math.floor(x * this.#scale) - this.#x, Math.floor(y * this.#scale) - this.#y];
    return this.#data[py * this.#width + px] === 1;
  }
}

/** The cells whose centres are nearest to places of the rectangle, row by row. */
function cellsOver({ image, manifest }: Segmenter, rect: Rect, scale: Scale): Cell[] {
  const step = manifest.encoder.region / 2 / scale;
  const cells = new Map<string, Cell>();
  const along = (min: number, max: number) => {
    const at: number[] = [];
    for (let v = min; v < max; v += step) at.push(v);
    return [...at, max];
  };
  for (const y of along(rect.minY, rect.maxY))
    for (const x of along(rect.minX, rect.maxX)) {
      const cell = cellAt(image, scale, { x, y }, manifest);
      cells.set(cellKey(cell), cell);
    }
  return [...cells.values()];
}

/** Each point belongs to the cell whose centre is nearest: no object is asked about twice. */
const belongs = ({ image, manifest }: Segmenter, at: Seed, cell: Cell): boolean =>
  cellKey(cellAt(image, cell.scale, at, manifest)) === cellKey(cell);

const within = ({ minX, minY, maxX, maxY }: Rect, { x, y }: Seed): boolean =>
  x >= minX && y >= minY && x < maxX && y < maxY;

/** A proposal as a mask with a score, or null where nothing is inside. */
function describe(
  proposal: Proposal,
  prompt: Extract<Prompt, { kind: "point" }>,
  scale: Scale,
): Found | null {
  const whole = proposedMask(proposal, proposal.best, scale);
  const mask = trim(partAt(whole, prompt.x * scale, prompt.y * scale));
  if (!mask) return null;
  const quality = proposal.quality[proposal.best] as number;
  const stability = stabilityOf(logitsOf(proposal, proposal.best, scale));
  const cell = (proposal.views[0] as Proposal["views"][number]).cell;
  return { mask, quality, stability, score: quality * stability, prompt, cell };
}

/** How little the mask changes when the threshold does: px above +1 against px above -1. */
function stabilityOf(logits: LogitMap): number {
  const wide = area(maskOf(logits, -1));
  return wide === 0 ? 0 : area(maskOf(logits, 1)) / wide;
}

/**
 * Greedy from the best score down; what remains of a mask after better ones have taken their px is kept. What was seen
 * from further away comes last, whatever its score: it may be a group of others.
 */
function suppress(
  found: readonly Found[],
  afar: readonly Found[],
  maxShared: number,
  minArea: number,
): Found[] {
  const out = new Buckets<{ found: Found; size: number }>();
  const byScore = (all: readonly Found[]) => [...all].sort((a, b) => b.score - a.score);
  for (const f of [...byScore(found), ...byScore(afar)]) {
    const size = area(f.mask);
    const rivals = out.near(boxOf(f.mask)).filter((o) => overlap(o.found.mask, f.mask) > 0);
    const isTaken = rivals.some((o) => overlap(o.found.mask, f.mask) > maxShared * Math.min(size, o.size));
    if (isTaken) continue;
    const data = f.mask.data.slice();
    for (const { found: o } of rivals) {
      const taken = cut(o.mask, f.mask.x, f.mask.y, f.mask.width, f.mask.height).data;
      for (let i = 0; i < data.length; i++) if (taken[i]) data[i] = 0;
    }
    const mask = trim({ ...f.mask, data });
    const left = mask ? area(mask) : 0;
    if (mask && left >= minArea) out.add(boxOf(mask), { found: { ...f, mask }, size: left });
  }
  return byScore(out.all().map((o) => o.found));
}

const boxOf = ({ x, y, width, height }: Mask): Rect => ({
  minX: x,
  minY: y,
  maxX: x + width,
  maxY: y + height,
});
