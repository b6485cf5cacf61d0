import { components, type Mask, type Prompt, squaredDistance } from "@coscope/models";

/** Beside the largest part, one without a click stays from this share of its area. */
const SHARE_IN_BOX = 0.25;
/** Holes smaller than this share of the object are noise. */
const HOLE = 0.004;

/**
 * One object of what the network left: the parts that hold a click inside (in a box: the large ones), without specks
 * and pinholes. Clicks stay on the side that they are meant for.
 */
export function tidyMask(mask: Mask, prompts: readonly Prompt[]): Mask {
  return fillPinholes(keepParts(mask, prompts), prompts);
}

function keepParts(mask: Mask, prompts: readonly Prompt[]): Mask {
  const { labels, parts } = components(mask);
  if (parts.length < 2) return mask;
  const keep = new Set(placesOf(mask, prompts, true).map((at) => labels[at]!));
  keep.delete(0);
  const largest = Math.max(...parts);
  const boxed = prompts.some(({ kind }) => kind === "box");
  if (keep.size === 0 || boxed)
    for (const [k, area] of parts.entries())
      if (area === largest || (boxed && area >= SHARE_IN_BOX * largest)) keep.add(k + 1);
  return { ...mask, data: Uint8Array.from(labels, (v) => (keep.has(v) ? 1 : 0)) };
}

function fillPinholes(mask: Mask, prompts: readonly Prompt[]): Mask {
  const { width, height, data } = mask;
  let area = 0;
  for (const v of data) area += v;
  const { labels, parts } = components({ width, height, data: Uint8Array.from(data, (v) => 1 - v) });
  const open = new Set(placesOf(mask, prompts, false).map((at) => labels[at]!));
  for (let x = 0; x < width; x++) open.add(labels[x]!).add(labels[(height - 1) * width + x]!);
  for (let y = 0; y < height; y++) open.add(labels[y * width]!).add(labels[y * width + width - 1]!);
  const limit = Math.max(2, area * HOLE);
  if (!parts.some((n, k) => n <= limit && !open.has(k + 1))) return mask;
  return {
    ...mask,
    data: data.map((v, i) => (v || (parts[labels[i]! - 1]! <= limit && !open.has(labels[i]!)) ? 1 : 0)),
  };
}

/** Indices of the clicks of one side that lie in the mask's window. */
function placesOf({ x, y, width, height }: Mask, prompts: readonly Prompt[], inside: boolean): number[] {
  return prompts.flatMap((p) => {
    if (p.kind !== "point" || p.inside !== inside) return [];
    const [px, py] = [Math.floor(p.x) - x, Math.floor(p.y) - y];
    return px >= 0 && py >= 0 && px < width && py < height ? [py * width + px] : [];
  });
}

/** The centre of the px furthest from the mask's border and from the places given, image px; null where it is empty. */
export function mostInside(
  { x, y, width, height, data }: Mask,
  away: readonly { readonly x: number; readonly y: number }[] = [],
): { x: number; y: number } | null {
  const depth = squaredDistance(width, height, (i) => data[i]!);
  let best = -1;
  let most = 0;
  for (let i = 0; i < depth.length; i++) {
    if (!depth[i]) continue;
    const [px, py] = [x + (i % width) + 0.5, y + Math.floor(i / width) + 0.5];
    const d = Math.min(depth[i]!, ...away.map((p) => ((p.x - px) ** 2 + (p.y - py) ** 2) / 2));
    if (d > most) [most, best] = [d, i];
  }
  return best < 0 ? null : { x: x + (best % width) + 0.5, y: y + Math.floor(best / width) + 0.5 };
}
