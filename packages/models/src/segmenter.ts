import type { Decoded, Decoder } from "./decoder.ts";
import type { Embedding } from "./embedding.ts";
import { type Cell, cellAt, cellKey, type Scale } from "./grid.ts";
import { checkPrompts, extentOf, type Prompt, pointsOf } from "./prompts.ts";
import { type Proposal, proposalOf, type View } from "./proposal.ts";
import { blankPadding, type Extent, placeWindow, previousFor, runsOut } from "./windows.ts";

/** How levels are chosen and joined; the defaults are what the page uses. Diameters in image px. */
export interface Settings {
  /** Above this diameter the half of the image is looked at. */
  readonly coarserAbove: number;
  /** After a click: below this diameter the answers of the full resolution and of the image enlarged twice are averaged. */
  readonly blendBelow: number;
  /** In a box whose sides' geometric mean is below this, the enlarged image alone … */
  readonly boxFinerBelow: number;
  /** … and below this both, as after a click. */
  readonly boxBlendBelow: number;
}

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
  /** Of a first mask that is expected to be worse than this, no other level is asked. */
  readonly enough?: number;
}

/** Prompts on one image to proposals. Chooses level, cell and window; keeps no state but the embeddings it was given. */
export class Segmenter {
  readonly image: { readonly width: number; readonly height: number };
  readonly settings: Settings;
  readonly #decoder: Decoder;
  readonly #embed: (cell: Cell) => Promise<Embedding>;
  readonly #cells = new Map<string, Promise<Embedding>>();

  constructor({ decoder, image, embed, settings }: SegmenterOptions) {
    this.settings = {
      ...(decoder.manifest.sam ? SAM : DEFAULTS),
      coarserAbove: decoder.manifest.levels.coarserAbove,
      ...settings,
    };
    this.image = image;
    this.#decoder = decoder;
    this.#embed = embed;
  }

  /**
   * What the network makes of the prompts. With `previous` (of the same object, fewer prompts) its mask is corrected,
   * at its levels; without, the level comes from the box, or from a first mask at the full resolution.
   */
  async propose(
    prompts: readonly Prompt[],
    previous: Proposal | null = null,
    { candidate = previous?.best ?? 0, enough = 0 }: ProposeOptions = {},
  ): Promise<Proposal> {
    checkPrompts(prompts, this.image);
    if (previous) {
      const views = previous.views.map((v) => this.#view(v.cell, prompts, { decoded: v.decoded, candidate }));
      return proposalOf(prompts, await Promise.all(views));
    }
    const box = prompts.find((p) => p.kind === "box");
    let first: View | null = null;
    let diameter: number;
    if (box) diameter = Math.sqrt((box.maxX - box.minX) * (box.maxY - box.minY));
    else {
      first = await this.#view(this.#cellFor(prompts, 1), prompts, null);
      if ((first.decoded.quality[0] as number) < enough) return proposalOf(prompts, [first]);
      diameter = diameterOf(first.decoded);
    }
    const views: View[] = [];
    for (const scale of this.#scalesFor(diameter, box !== undefined))
      views.push(
        scale === 1 && first ? first : await this.#view(this.#cellFor(prompts, scale), prompts, null),
      );
    return proposalOf(prompts, views);
  }

  get manifest() {
    return this.#decoder.manifest;
  }

  #scalesFor(diameter: number, boxed: boolean): Scale[] {
    const { coarserAbove, blendBelow, boxFinerBelow, boxBlendBelow } = this.settings;
    if (diameter > coarserAbove) return [0.5];
    if (boxed && diameter < boxFinerBelow) return [2];
    return diameter < (boxed ? boxBlendBelow : blendBelow) ? [1, 2] : [1];
  }

  #cellFor(prompts: readonly Prompt[], scale: Scale): Cell {
    const p = prompts[0] as Prompt;
    const at = p.kind === "point" ? p : { x: (p.minX + p.maxX) / 2, y: (p.minY + p.maxY) / 2 };
    return cellAt(this.image, scale, at, this.#decoder.manifest);
  }

  /** The embedding of a cell, asked for once. */
  embedding(cell: Cell): Promise<Embedding> {
    const key = cellKey(cell);
    let e = this.#cells.get(key);
    if (!e) {
      e = this.#embed(cell);
      this.#cells.set(key, e);
      e.catch(() => this.#cells.delete(key)); // so that the next prompt asks again
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
    const ran = runsOut(decoded, region);
    if (ran) decoded = await this.#decode(region, cell, prompts, union(own, ran), true, before);
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

/**
 * Measured on images that were trained on, mean IoU of one click by diameter: 8 to 12 px 0.713 at the full resolution,
 * 0.749 enlarged, 0.753 averaged; 25 to 32 px 0.819, 0.842, 0.840; 32 to 45 px 0.868, 0.863, 0.870; above 45 px
 * the full resolution alone. Boxes: below 8 px 0.629, 0.747, 0.703; 20 to 25 px 0.825, 0.829, 0.830.
 */
const DEFAULTS = { blendBelow: 40, boxFinerBelow: 20, boxBlendBelow: 32 };

/** SAM's candidates come in the order of its own scores: those of two levels are not each other's counterparts. */
const SAM = { blendBelow: 0, boxFinerBelow: 32, boxBlendBelow: 0 };

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
