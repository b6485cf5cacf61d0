import type { Decoded, Decoder } from "./decoder.ts";
import type { Embedding } from "./embedding.ts";
import { type Cell, cellAt, cellKey, coarser, finer, levelSize, type Scale, scaleAtLeast } from "./grid.ts";
import { checkPrompts, extentOf, type Prompt, pointsOf } from "./prompts.ts";
import { type Proposal, proposalOf, type View } from "./proposal.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { blankPadding, type Extent, placeWindow, previousFor, runsOut } from "./windows.ts";

export interface SegmenterOptions {
  readonly decoder: Decoder;
  /** Size of the full resolution, px. */
  readonly image: { readonly width: number; readonly height: number };
  /** The embedding of a cell: from the server, a cache, or an encoder at hand. */
  readonly embed: (cell: Cell) => Promise<Embedding>;
  readonly settings?: Partial<Settings>;
}

export interface ProposeOptions {
  /** The candidate of the previous proposal that is being corrected; its best one unless told. */
  readonly candidate?: number;
  /** Of a first mask that is expected to be worse than this, no other level is asked. Unless told, all that may help are. */
  readonly enough?: number;
  /** The level that a first click is looked at on; the finest unless told. Boxes tell themselves how large they are. */
  readonly start?: Scale;
  /** No finer level is looked at but its double, where answers are averaged. The full resolution unless told. */
  readonly finest?: Scale;
}

/** Cells whose embeddings are kept: those of a click's levels, and the neighbours of a search. */
const KEPT = 32;

/** Prompts on one image to proposals. Chooses level, cell and window; keeps no state but the embeddings it was given. */
export class Segmenter {
  readonly image: { readonly width: number; readonly height: number };
  readonly settings: Settings;
  readonly #decoder: Decoder;
  readonly #embed: (cell: Cell) => Promise<Embedding>;
  readonly #cells = new Map<string, Promise<Embedding>>();

  constructor({ decoder, image, embed, settings }: SegmenterOptions) {
    this.settings = settingsOf(decoder.manifest, settings);
    this.image = image;
    this.#decoder = decoder;
    this.#embed = embed;
  }

  /**
   * What the network makes of the prompts. With `previous` (of the same object, fewer prompts) its mask is corrected,
   * at its levels; without, the level comes from the box, or from a first mask.
   */
  async propose(
    prompts: readonly Prompt[],
    previous: Proposal | null = null,
    options: ProposeOptions = {},
  ): Promise<Proposal> {
    checkPrompts(prompts, this.image);
    if (previous) {
      const { candidate = previous.best } = options;
      const views = previous.views.map((v) => this.#view(v.cell, prompts, { decoded: v.decoded, candidate }));
      return proposalOf(prompts, await Promise.all(views));
    }
    const box = prompts.find((p) => p.kind === "box");
    return proposalOf(
      prompts,
      box
        ? await this.#inBox(prompts, Math.sqrt((box.maxX - box.minX) * (box.maxY - box.minY)))
        : await this.#atClick(prompts, options),
    );
  }

  /** The level to begin with for somebody who sees so many CSS px of the screen a px of the image. */
  startFor(zoom: number): Scale {
    const { region } = this.manifest.encoder;
    // Where the whole image is one region, or looks half as large as it is, there is no need to go further away.
    const whole = region / Math.max(this.image.width, this.image.height);
    return scaleAtLeast(Math.max(START * zoom, whole));
  }

  /** The levels that a click is likely to need, the first one first. */
  likelyFor(start: Scale): Scale[] {
    const { finerBelow, blendBelow } = this.settings;
    const second = start === 1 ? blendBelow : finerBelow;
    // An object that is small on the screen too is not what is usually clicked: SAM's networks see it well enough.
    return second >= USUAL ? [start, finer(start)] : [start];
  }

  /** The level for an object of this diameter, image px. */
  levelFor(diameter: number): Scale {
    let scale: Scale = 1;
    for (let next = this.#next(scale, diameter); next < scale; next = this.#next(scale, diameter))
      scale = next;
    return scale;
  }

  async #atClick(
    prompts: readonly Prompt[],
    { enough = 0, finest = 1, start = finest }: ProposeOptions,
  ): Promise<View[]> {
    const look = (scale: Scale) => this.#view(this.#cellFor(prompts, scale), prompts, null);
    const first = await look(start);
    if (qualityOf(first) < enough) return [first];
    const seen = new Map<Scale, View>([[start, first]]);
    let view = first;
    if (enough === 0 && qualityOf(first) < LOST) view = await this.#fromAfar(first, look, seen);
    for (;;) {
      const { scale } = view.cell;
      const next = this.#next(scale, diameterOf(view.decoded) / scale, finest);
      if (seen.has(next)) break;
      const other = await look(next);
      seen.set(next, other);
      // From nearer, the inside of something large shows no border any more.
      if (next > scale && qualityOf(other) < LOST && qualityOf(view) >= LOST) break;
      view = other;
    }
    if (view.cell.scale !== finest || diameterOf(view.decoded) >= this.settings.blendBelow) return [view];
    return [view, await look(finer(finest))];
  }

  /** What is seen from much further away, where that is clearly more; the first view otherwise. */
  async #fromAfar(first: View, look: (scale: Scale) => Promise<View>, seen: Map<Scale, View>): Promise<View> {
    for (let scale = first.cell.scale, round = 0; round < MOST_LOOKS; round++) {
      const next = coarser(coarser(scale));
      if (seen.has(next) || !this.#isLargeEnough(next)) break;
      // Where that cannot be read the first view is better than none.
      const view = await look(next).catch(() => null);
      if (!view) break;
      seen.set(next, view);
      // Only what is too large for the first level explains why nothing was seen there.
      const across = (diameterOf(view.decoded) / next) * first.cell.scale;
      const isLarge = across > this.settings.coarserAbove;
      if (isLarge && qualityOf(view) >= qualityOf(first) + CLEARLY) return view;
      scale = next;
    }
    return first;
  }

  async #inBox(prompts: readonly Prompt[], diameter: number): Promise<View[]> {
    const { boxFinerBelow, boxBlendBelow } = this.settings;
    const scales: Scale[] =
      diameter < boxFinerBelow ? [2] : diameter < boxBlendBelow ? [1, 2] : [this.levelFor(diameter)];
    const views: View[] = [];
    for (const scale of scales) views.push(await this.#view(this.#cellFor(prompts, scale), prompts, null));
    return views;
  }

  /** The level to look at next for an object of this diameter (image px), or the same one. */
  #next(scale: Scale, diameter: number, finest: Scale = 1): Scale {
    const { coarserAbove, finerBelow } = this.settings;
    if (diameter * scale > coarserAbove) {
      const next = coarser(scale);
      return this.#isLargeEnough(next) ? next : scale;
    }
    let next = scale;
    while (next < finest && diameter * next < finerBelow) next = finer(next);
    return next;
  }

  get manifest() {
    return this.#decoder.manifest;
  }

  /** The encoder takes no less than this. */
  #isLargeEnough(scale: Scale): boolean {
    const { width, height } = levelSize(this.image, scale);
    return Math.max(width, height) >= this.manifest.encoder.min;
  }

  #cellFor(prompts: readonly Prompt[], scale: Scale): Cell {
    const p = prompts[0] as Prompt;
    const at = p.kind === "point" ? p : { x: (p.minX + p.maxX) / 2, y: (p.minY + p.maxY) / 2 };
    return cellAt(this.image, scale, at, this.#decoder.manifest);
  }

  /** The embedding of a cell, asked for once as long as it is among the last few. */
  embedding(cell: Cell): Promise<Embedding> {
    const key = cellKey(cell);
    const e = this.#cells.get(key) ?? this.#embed(cell);
    const known = this.#cells.delete(key);
    this.#cells.set(key, e);
    if (!known) e.catch(() => this.#cells.get(key) === e && this.#cells.delete(key)); // the next prompt asks again
    for (const oldest of this.#cells.keys()) {
      if (this.#cells.size <= KEPT) break;
      this.#cells.delete(oldest);
    }
    return e;
  }

  async #view(
    cell: Cell,
    prompts: readonly Prompt[],
    before: { decoded: Decoded; candidate: number } | null,
  ): Promise<View> {
    const region = await this.embedding(cell);
    const own = levelExtent(prompts, cell);
    let decoded = await this.#decode(
      region,
      cell,
      prompts,
      own,
      prompts.length > 1 || prompts[0]?.kind === "box",
      before,
    );
    // A larger window, where the object runs out of this one: unless it is to be looked at from further away.
    let ran = runsOut(decoded, region);
    for (let round = 0; ran && round < MOST_WINDOWS; round++) {
      if (round > 0 && !before && this.#next(cell.scale, diameterOf(decoded) / cell.scale) < cell.scale)
        break;
      const { window } = decoded;
      const larger = await this.#decode(region, cell, prompts, union(own, ran), true, before);
      decoded = larger;
      const { x, y, width, height } = larger.window;
      const same = x === window.x && y === window.y && width === window.width && height === window.height;
      ran = same ? null : runsOut(decoded, region);
    }
    return { cell, decoded };
  }

  async #decode(
    embedding: Embedding,
    cell: Cell,
    prompts: readonly Prompt[],
    extent: Extent,
    margin: boolean,
    before: { decoded: Decoded; candidate: number } | null,
  ): Promise<Decoded> {
    const { manifest } = this.#decoder;
    const window = placeWindow(extent, margin, embedding, manifest);
    const points = pointsOf(prompts, cell.scale, cell.x + window.x, cell.y + window.y);
    const previous =
      before && previousFor(before.decoded, before.candidate, window, manifest.decoder.previousLimit);
    const [decoded] = await this.#decoder.decode([{ embedding, window, points, previous }]);
    blankPadding(decoded as Decoded, embedding);
    return decoded as Decoded;
  }
}

/** Windows that are tried until an object fits. */
const MOST_WINDOWS = 5;

/** Px of the first level a CSS px, at least: what is clicked is a few to a few dozen px on the screen. */
const START = 2;
/** Diameter of what is usually clicked, px of the first level. */
const USUAL = 25;

/**
 * The quality that is expected of a mask where the network sees too little of the border: deep in something large, or
 * on nothing. (A disc of 180 px, looked at on the full resolution: 0.2 to 0.5, of 220 px: below 0.1. Of 749 nuclei of
 * held-out images 20 are below, and looked at from further away in vain.)
 */
const LOST = 0.5;
/** So much better a mask is expected to be that is seen from further away. */
const CLEARLY = 0.4;
/** Each at a quarter of the scale before. */
const MOST_LOOKS = 3;

const qualityOf = ({ decoded }: View): number => decoded.quality[0] as number;

/** Of the first candidate, px of the window's level. */
function diameterOf({ window, logits }: Decoded): number {
  let n = 0;
  for (let i = 0; i < window.width * window.height; i++) if ((logits[i] as number) > 0) n++;
  return 2 * Math.sqrt(n / Math.PI);
}

function levelExtent(prompts: readonly Prompt[], { scale, x, y }: Cell): Extent {
  const e = extentOf(prompts);
  return {
    minX: e.minX * scale - x,
    minY: e.minY * scale - y,
    maxX: e.maxX * scale - x,
    maxY: e.maxY * scale - y,
  };
}

const union = (a: Extent, b: Extent): Extent => ({
  minX: Math.min(a.minX, b.minX),
  minY: Math.min(a.minY, b.minY),
  maxX: Math.max(a.maxX, b.maxX),
  maxY: Math.max(a.maxY, b.maxY),
});
