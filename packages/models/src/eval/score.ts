import { area, iou, type Mask, trim } from "../mask.ts";
import type { Prompt } from "../prompts.ts";
import { type Proposal, proposedMask } from "../proposal.ts";
import type { Segmenter } from "../segmenter.ts";
import { mostInterior, nextClick, type Point, randomInterior, type TrueObject } from "./truth.ts";

/** What was reached on one object. IoU at the image's own resolution. */
export interface ObjectScore {
  readonly id: number;
  /** Of the circle of the same area, px. */
  readonly diameter: number;
  readonly best: number;
  readonly random: number;
  readonly box: number;
  /** IoU after each click, until 0.90 or the cap; empty where clicks were not asked for. */
  readonly trace: readonly number[];
  /** What the network expected of its first mask. */
  readonly quality: number;
}

/** Clicks after which an object counts as not reached. */
export const CAP = 20;
const TARGET = 0.9;

const at = ({ x, y }: Point, inside = true): Prompt => ({ kind: "point", x, y, inside });

function iouWith(proposal: Proposal, truth: Mask): { value: number; mask: Mask } {
  const mask = trim(proposedMask(proposal)) ?? {
    x: truth.x,
    y: truth.y,
    width: 1,
    height: 1,
    data: new Uint8Array(1),
  };
  return { value: iou(mask, truth), mask };
}

/** One object: a click at the most interior point, one at a random interior point, its tight box, and clicks until 0.90. */
export async function scoreObject(
  segmenter: Segmenter,
  { id, mask: truth }: TrueObject,
  random: () => number,
  clicks: boolean,
): Promise<ObjectScore> {
  const first = at(mostInterior(truth));
  let proposal = await segmenter.propose([first]);
  const quality = proposal.quality[proposal.best] as number;
  let { value, mask } = iouWith(proposal, truth);
  const best = value;
  const elsewhere = await segmenter.propose([at(randomInterior(truth, random))]);
  const box = await segmenter.propose([
    { kind: "box", minX: truth.x, minY: truth.y, maxX: truth.x + truth.width, maxY: truth.y + truth.height },
  ]);
  const trace: number[] = [];
  if (clicks) {
    const prompts: Prompt[] = [first];
    trace.push(value);
    while (value < TARGET && prompts.length < CAP) {
      const next = nextClick(mask, truth);
      if (!next) break;
      prompts.push(at(next, next.inside));
      proposal = await segmenter.propose(prompts, proposal);
      ({ value, mask } = iouWith(proposal, truth));
      trace.push(value);
    }
  }
  return {
    id,
    diameter: 2 * Math.sqrt(area(truth) / Math.PI),
    best,
    random: iouWith(elsewhere, truth).value,
    box: iouWith(box, truth).value,
    trace,
    quality,
  };
}

/** Clicks until the target is reached for the first time; the cap where it is not. */
export function clicksTo(trace: readonly number[], target: number): number {
  const i = trace.findIndex((v) => v >= target);
  return i < 0 ? CAP : i + 1;
}

export interface Summary {
  readonly miou1: number;
  readonly miou1_random: number;
  readonly at50: number;
  readonly at75: number;
  readonly at85: number;
  readonly noc85: number | null;
  readonly noc90: number | null;
  readonly box_miou: number;
  readonly images: number;
  readonly objects: number;
}

/** Means over objects. */
export function summarise(scores: readonly ObjectScore[], images: number): Summary {
  const mean = (values: readonly number[]) =>
    values.length === 0 ? null : Math.round((values.reduce((a, b) => a + b, 0) / values.length) * 1e4) / 1e4;
  const share = (target: number) => mean(scores.map((s) => (s.best >= target ? 1 : 0))) ?? 0;
  const clicked = scores.filter((s) => s.trace.length > 0);
  return {
    miou1: mean(scores.map((s) => s.best)) ?? 0,
    miou1_random: mean(scores.map((s) => s.random)) ?? 0,
    at50: share(0.5),
    at75: share(0.75),
    at85: share(0.85),
    noc85: mean(clicked.map((s) => clicksTo(s.trace, 0.85))),
    noc90: mean(clicked.map((s) => clicksTo(s.trace, 0.9))),
    box_miou: mean(scores.map((s) => s.box)) ?? 0,
    images,
    objects: scores.length,
  };
}
