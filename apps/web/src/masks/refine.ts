import { type Parts, rasterise } from "@coscope/annotations/shapes";
import {
  area,
  type Mask,
  type Prompt,
  promptsAt,
  SCALES,
  type Scale,
  type Segmenter,
  squaredDistance,
  trim,
} from "@coscope/models";
import { regionOf } from "./answers.ts";
import { mostInside } from "./mask-cleanup.ts";
import { outlineOfLevel, scaled } from "./outline.ts";
import { cleanMask } from "./outlined.ts";
import type { Answer, RefineArgs } from "./protocol.ts";
import { over, type Window } from "./window.ts";

export type Click = Extract<Prompt, { kind: "point" }>;

/** What is thinner than this is the two outlines' ordinary disagreement, px; against the shape's diameter too. */
const THIN_PX = 1;
const THIN = 0.03;
/** Room round the shape and the clicks, px: what is missing of it may reach that far. */
const ROOM = 24;

/** More px than a correction looks at: larger areas are corrected on a coarser level. */
const MOST_PX = 2 ** 23;

/** An outline that is there already, with what the clicks say is wrong put right. */
export async function refine(
  segmenter: Segmenter,
  { parts, clicks, tolerancePx }: RefineArgs,
): Promise<Answer> {
  const whole = windowFor(parts, clicks, segmenter.image);
  const scale = SCALES.find((s) => s <= 1 && whole.width * whole.height * s * s <= MOST_PX) ?? COARSEST;
  const here = promptsAt(clicks, scale) as readonly Click[];
  const { width, height } = segmenter.image;
  const level = { width: Math.floor(width * scale), height: Math.floor(height * scale) };
  const drawn = scaled(parts, scale);
  const window = windowFor(drawn, here, level);
  const shape: Mask = rasterise(drawn, window);
  const prompts = promptsAt(promptsFor(shape, drawn, here), 1 / scale);
  // How large it is is known: no need to find out.
  const start = segmenter.levelFor((2 * Math.sqrt(area(shape) / Math.PI)) / scale);
  const proposal = await segmenter.propose(prompts, null, { start });
  const proposed = cleanMask(proposal, proposal.best, scale);
  const nothing = { ...window, data: new Uint8Array(window.width * window.height) };
  const better = trim(corrected(shape, proposed ? over(proposed, window) : nothing, here));
  return {
    // A correction is made anew from all its clicks: nobody asks for this one again.
    id: 0,
    candidates: [
      {
        parts: better ? outlineOfLevel(better, scale, tolerancePx) : [],
        score: proposal.quality[proposal.best]!,
      },
    ],
    region: regionOf(proposal),
  };
}

const COARSEST = SCALES.at(-1) as Scale;

/**
 * The shape with what the clicks say is wrong put right, and nothing else: of the places where shape and proposal
 * differ, the piece that holds a click changes sides. (The whole proposal would undo what a person drew elsewhere.)
 * Both masks over the same window.
 */
export function corrected(shape: Mask, proposal: Mask, clicks: readonly Click[]): Mask {
  const { x, y, width, height } = shape;
  const data = shape.data.slice();
  let inside = 0;
  for (const v of data) inside += v;
  const thin = Math.max(THIN_PX, THIN * 2 * Math.sqrt(inside / Math.PI));
  for (const click of clicks) {
    const at = (Math.floor(click.y) - y) * width + Math.floor(click.x) - x;
    const wanted = click.inside ? 1 : 0;
    if (click.x < x || click.y < y || click.x >= x + width || click.y >= y + height) continue;
    if (data[at] === wanted) continue;
    const differs = Uint8Array.from(data, (v, i) => (v !== wanted && proposal.data[i] === wanted ? 1 : 0));
    if (!differs[at]) continue;
    for (const i of piece(differs, width, height, at, thin)) data[i] = wanted;
  }
  return { x, y, width, height, data };
}

/** The part of the image that a correction looks at: whole px. */
export function windowFor(
  parts: Parts,
  clicks: readonly Click[],
  image: { width: number; height: number },
): Window {
  const xs = [
    ...parts.flatMap(([outline]) => outline!.filter((_, i) => i % 2 === 0)),
    ...clicks.map((c) => c.x),
  ];
  const ys = [
    ...parts.flatMap(([outline]) => outline!.filter((_, i) => i % 2 === 1)),
    ...clicks.map((c) => c.y),
  ];
  const span = { x: least(xs), y: least(ys), right: most(xs), bottom: most(ys) };
  const room = ROOM + Math.max(span.right - span.x, span.bottom - span.y) / 4;
  const x = Math.floor(Math.max(0, span.x - room));
  const y = Math.floor(Math.max(0, span.y - room));
  return {
    x,
    y,
    width: Math.ceil(Math.min(image.width, span.right + room)) - x,
    height: Math.ceil(Math.min(image.height, span.bottom + room)) - y,
  };
}

const least = (values: readonly number[]) =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/**
 * What the network is told of a shape that is to be corrected: its most interior point, and the clicks. (Its `previous`
 * input is made for its own logits, which a drawn shape does not have.)
 */
export function promptsFor(shape: Mask, parts: Parts, clicks: readonly Click[]): Prompt[] {
  const away = clicks.filter(({ inside }) => !inside);
  const middle = mostInside(shape, away);
  const adds = clicks.filter(({ inside }) => inside);
  const first = middle ?? adds[0] ?? { x: parts[0]![0]![0]!, y: parts[0]![0]![1]! };
  return [{ kind: "point", x: first.x, y: first.y, inside: true }, ...clicks];
}

/** The px of a mask's part round a place, without what hangs on it by something thinner than `thin`. */
function piece(mask: Uint8Array, width: number, height: number, at: number, thin: number): number[] {
  const depth = squaredDistance(width, height, (i) => mask[i]!);
  // A click on a thin place still takes what is as thin as that.
  const least = Math.min(thin * thin, depth[at]! * 0.9);
  const core = flood(at, width, height, (i) => depth[i]! > least);
  const member = new Uint8Array(mask.length);
  for (const i of core) member[i] = 1;
  const toCore = squaredDistance(width, height, (i) => 1 - member[i]!);
  const reach = (Math.sqrt(least) + 1) ** 2;
  return flood(at, width, height, (i) => mask[i] === 1 && (member[i] === 1 || toCore[i]! <= reach));
}

function flood(start: number, width: number, height: number, open: (i: number) => boolean): number[] {
  const seen = new Uint8Array(width * height);
  const found = [start];
  seen[start] = 1;
  for (let k = 0; k < found.length; k++) {
    const i = found[k]!;
    const x = i % width;
    for (const j of [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width])
      if (j >= 0 && j < seen.length && !seen[j] && open(j)) {
        seen[j] = 1;
        found.push(j);
      }
  }
  return found;
}
