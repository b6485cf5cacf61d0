import type { LogitMap } from "./mask.ts";
import type { Prompt } from "./prompts.ts";

/** How far past a click the boundary goes when the threshold moves, against the click's own logit: a person clicks in
 * the middle of what is wrong, not on its border. */
const REACH = 1.5;
/** Spread of a local correction: against the mask's diameter, and at least so many px. */
const SPREAD = 0.2;
const MIN_SPREAD = 1.5;
/** The logit that a click's own px gets by a local correction. */
const TARGET = 1;

interface Click {
  readonly x: number;
  readonly y: number;
  /** 1 inside, -1 outside. */
  readonly sign: 1 | -1;
}

/**
 * Logits that agree with every click. Where the network has left a click on the wrong side, the threshold moves for the
 * whole mask if one threshold can satisfy all clicks (a border drawn too wide or too narrow all round: the usual case),
 * else a bump round the click does it. Without clicks on the wrong side the map comes back as it is.
 */
export function honour(map: LogitMap, prompts: readonly Prompt[]): LogitMap {
  const clicks = clicksOn(map, prompts);
  const at = (c: Click) => (map.data[c.y * map.width + c.x] as number) * c.sign;
  if (clicks.every((c) => at(c) > 0)) return map;
  const lowestInside = Math.min(...clicks.map((c) => (c.sign > 0 ? at(c) : Number.POSITIVE_INFINITY)));
  const highestOutside = Math.max(...clicks.map((c) => (c.sign < 0 ? -at(c) : Number.NEGATIVE_INFINITY)));
  if (highestOutside < lowestInside) {
    const middle = (lowestInside + highestOutside) / 2; // infinite where clicks are of one kind
    const threshold =
      highestOutside >= 0
        ? Math.min(highestOutside * REACH + EPSILON, Math.max(middle, highestOutside))
        : Math.max(lowestInside * REACH - EPSILON, middle);
    return { ...map, data: map.data.map((v) => v - threshold) };
  }
  return bumps(map, clicks);
}

const EPSILON = 1e-3;

function clicksOn({ x, y, width, height }: LogitMap, prompts: readonly Prompt[]): Click[] {
  return prompts.flatMap((p) => {
    if (p.kind !== "point") return [];
    const click = { x: Math.floor(p.x) - x, y: Math.floor(p.y) - y, sign: p.inside ? 1 : -1 } as const;
    return click.x >= 0 && click.y >= 0 && click.x < width && click.y < height ? [click] : [];
  });
}

function bumps(map: LogitMap, clicks: readonly Click[]): LogitMap {
  const { width, height } = map;
  const data = map.data.slice();
  const area = data.reduce((n, v) => n + (v > 0 ? 1 : 0), 0);
  const sigma = Math.max(MIN_SPREAD, SPREAD * 2 * Math.sqrt(area / Math.PI));
  const reach = Math.ceil(3 * sigma);
  for (const c of clicks) {
    const v = (data[c.y * width + c.x] as number) * c.sign;
    if (v > 0) continue;
    for (let y = Math.max(0, c.y - reach); y <= Math.min(height - 1, c.y + reach); y++)
      for (let x = Math.max(0, c.x - reach); x <= Math.min(width - 1, c.x + reach); x++) {
        const d2 = (x - c.x) ** 2 + (y - c.y) ** 2;
        const i = y * width + x;
        data[i] = (data[i] as number) + c.sign * (TARGET - v) * Math.exp(-d2 / (2 * sigma * sigma));
      }
  }
  return { ...map, data };
}
