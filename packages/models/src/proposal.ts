import type { Decoded } from "./decoder.ts";
import type { Cell } from "./grid.ts";
import { honour } from "./honour.ts";
import { type LogitMap, type Mask, maskOf } from "./mask.ts";
import { double, halve, type Planes } from "./planes.ts";
import type { Prompt } from "./prompts.ts";
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

/** One view's candidate at the image's resolution. */
function atImageScale({ cell, decoded }: View, candidate: number): LogitMap {
  const { window: w, logits } = decoded;
  const size = w.width * w.height;
  const p = {
    channels: 1,
    width: w.width,
    height: w.height,
    data: logits.subarray(candidate * size, (candidate + 1) * size),
  };
  let q: Planes = cell.scale === 2 ? halve(p) : p;
  for (let scale: number = cell.scale; scale < 1; scale *= 2) q = double(q);
  return {
    x: (cell.x + w.x) / cell.scale,
    y: (cell.y + w.y) / cell.scale,
    width: q.width,
    height: q.height,
    data: q.data,
  };
}

/** A candidate's logits: the mean of the levels where they overlap, the one that is there elsewhere. */
export function logitsOf(proposal: Proposal, candidate: number): LogitMap {
  const maps = proposal.views.map((v) => atImageScale(v, candidate));
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

/** A candidate as a mask in image px, in which every click is on the side it was meant for. */
export function proposedMask(proposal: Proposal, candidate: number = proposal.best): Mask {
  return maskOf(honour(logitsOf(proposal, candidate), proposal.prompts));
}
