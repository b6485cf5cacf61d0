import { type Mask, type Prompt, squaredDistance } from "@coscope/models";

export type Click = Extract<Prompt, { kind: "point" }>;

/** What is thinner than this is the two outlines' ordinary disagreement, px; against the shape's diameter too. */
const THIN_PX = 1;
const THIN = 0.03;

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
