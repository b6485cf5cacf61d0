import type { Decoded } from "./decoder.ts";
import { type Cell, finer, type Scale } from "./grid.ts";
import { honour } from "./honour.ts";
import { type LogitMap, type Mask, maskOf } from "./mask.ts";
import { crop, double, halve, type Planes } from "./planes.ts";
import { type Prompt, promptsAt } from "./prompts.ts";
import { OUTSIDE } from "./windows.ts";

/** One level's answer. */
export interface View {
  readonly cell: Cell;
  readonly decoded: Decoded;
}

/** What the network makes of the prompts so far. Candidates are those of manifest.decoder.candidates. */
export interface Proposal {
  readonly prompts: readonly Prompt[];
  readonly views: readonly View[];
  /** The IoU expected of each candidate. */
  readonly quality: readonly number[];
  /** The candidate to show first. */
  readonly best: number;
}

/** How much better the alternative must promise to be before it is shown first. */
const CLEARLY = 0.08;

/** The object, unless the alternative (the last candidate) is expected to be clearly better. */
function bestOf(quality: readonly number[]): number {
  const last = quality.length - 1;
  return last > 1 && (quality[last] as number) > (quality[0] as number) + CLEARLY ? last : 0;
}

export function proposalOf(prompts: readonly Prompt[], views: readonly View[]): Proposal {
  const first = views[0] as View;
  const quality = Array.from(first.decoded.quality, (_, k) => {
    const sum = views.reduce((s, v) => s + (v.decoded.quality[k] as number), 0);
    return sum / views.length;
  });
  return { prompts, views, quality, best: bestOf(quality) };
}

/** More px than a mask of one object needs: a larger object's is of a coarser level. */
const MOST_PX = 2 ** 22;

/** The finest level, the full resolution at most, on which the proposal's masks are of a reasonable size. */
export function maskScale({ views }: Proposal): Scale {
  const pxAt = (scale: number) =>
    Math.max(
      ...views.map((v) => v.decoded.window.width * v.decoded.window.height * (scale / v.cell.scale) ** 2),
    );
  let scale: Scale = Math.min(1, ...views.map((v) => v.cell.scale)) as Scale;
  while (scale < 1 && pxAt(finer(scale)) <= MOST_PX) scale = finer(scale);
  return scale;
}

/** One view's candidate as px of a level. */
function atScale({ cell, decoded }: View, candidate: number, scale: Scale): LogitMap {
  const { window: w, logits } = decoded;
  const size = w.width * w.height;
  let [x, y] = [cell.x + w.x, cell.y + w.y];
  let p: Planes = {
    channels: 1,
    width: w.width,
    height: w.height,
    data: logits.subarray(candidate * size, (candidate + 1) * size),
  };
  for (let s: number = cell.scale; s > scale; s /= 2) {
    // Pairs begin at even px.
    p = halve(crop(p, x % 2, y % 2, p.width, p.height));
    [x, y] = [Math.ceil(x / 2), Math.ceil(y / 2)];
  }
  for (let s: number = cell.scale; s < scale; s *= 2) {
    p = double(p);
    [x, y] = [x * 2, y * 2];
  }
  return { x, y, width: p.width, height: p.height, data: p.data };
}

/** A candidate's logits: the mean of the levels where they overlap, the one that is there elsewhere. */
export function logitsOf(proposal: Proposal, candidate: number, scale: Scale = 1): LogitMap {
  const maps = proposal.views.map((v) => atScale(v, candidate, scale));
  if (maps.length === 1) return maps[0] as LogitMap;
  const x = Math.min(...maps.map((m) => m.x));
  const y = Math.min(...maps.map((m) => m.y));
  const width = Math.max(...maps.map((m) => m.x + m.width)) - x;
  const height = Math.max(...maps.map((m) => m.y + m.height)) - y;
  const data = new Float32Array(width * height);
  const count = new Uint8Array(width * height);
  for (const m of maps)
    for (let r = 0; r < m.height; r++) {
      let to = (m.y + r - y) * width + m.x - x;
      for (let i = r * m.width; i < (r + 1) * m.width; i++, to++) {
        data[to] = (data[to] as number) + (m.data[i] as number);
        count[to] = (count[to] as number) + 1;
      }
    }
  for (let i = 0; i < data.length; i++)
    data[i] = count[i] ? (data[i] as number) / (count[i] as number) : OUTSIDE;
  return { x, y, width, height, data };
}

/** A candidate as a mask in px of a level (the image's own unless told), in which every click is on the side it was meant for. */
export function proposedMask(proposal: Proposal, candidate: number = proposal.best, scale: Scale = 1): Mask {
  return maskOf(honour(logitsOf(proposal, candidate, scale), promptsAt(proposal.prompts, scale)));
}
