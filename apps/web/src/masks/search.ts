import { rasterise } from "@coscope/annotations/shapes";
import { area, proposeAll, type Segmenter } from "@coscope/models";
import { tidyMask } from "./mask-cleanup.ts";
import { outlineOfMask } from "./outline.ts";
import type { SearchArgs, Searched, Suggestion } from "./protocol.ts";

/** An object of which more than this is covered by what is outlined already, or that covers as much of it, is not new. */
const OUTLINED = 0.35;
/** More in one view than anybody goes through. */
const MOST = 5000;

/** Every object in a rectangle of the image, but for those that are outlined already. */
export async function search(
  segmenter: Segmenter,
  { rect, existing, minScore, tolerancePx }: SearchArgs,
  signal: AbortSignal,
  progress: (done: number, of: number) => void,
): Promise<Searched> {
  const found = await proposeAll(segmenter, rect, { signal, minScore, onProgress: progress });
  const taken = cover(segmenter.image, rect, existing);
  const fresh: Suggestion[] = [];
  let leftOut = 0;
  for (const { mask, score, prompt } of found.slice(0, MOST)) {
    const tidy = tidyMask(mask, [prompt]);
    const size = area(tidy);
    if (size === 0) continue;
    if (taken.share(tidy, size) > OUTLINED) {
      leftOut++;
      continue;
    }
    fresh.push({ parts: outlineOfMask(tidy, tolerancePx), score, area: size, prompt });
  }
  return { found: fresh, leftOut };
}

/** Which px of the rectangle (and a margin) lie in an outlined area, and how large that area is. */
function cover(
  image: { width: number; height: number },
  rect: SearchArgs["rect"],
  existing: SearchArgs["existing"],
) {
  const margin = 256;
  const x = Math.max(0, Math.floor(rect.minX) - margin);
  const y = Math.max(0, Math.floor(rect.minY) - margin);
  const width = Math.min(image.width, Math.ceil(rect.maxX) + margin) - x;
  const height = Math.min(image.height, Math.ceil(rect.maxY) + margin) - y;
  const owner = new Int32Array(width * height);
  const sizes = [0];
  for (const parts of existing) {
    const window = windowOf(parts, { x, y, width, height });
    if (!window) continue;
    const { data } = rasterise(parts, window);
    const id = sizes.length;
    let n = 0;
    for (let i = 0; i < data.length; i++)
      if (data[i]) {
        owner[(window.y + Math.floor(i / window.width) - y) * width + window.x + (i % window.width) - x] = id;
        n++;
      }
    sizes.push(n);
  }
  return {
    /** The largest share of the mask, or of one area under it, that both have in common. */
    share(
      m: { x: number; y: number; width: number; height: number; data: Uint8Array },
      size: number,
    ): number {
      const shared = new Map<number, number>();
      let all = 0;
      for (let i = 0; i < m.data.length; i++) {
        if (!m.data[i]) continue;
        const px = m.x + (i % m.width) - x;
        const py = m.y + Math.floor(i / m.width) - y;
        const id = px >= 0 && py >= 0 && px < width && py < height ? owner[py * width + px]! : 0;
        if (id === 0) continue;
        all++;
        shared.set(id, (shared.get(id) ?? 0) + 1);
      }
      let most = all / size;
      for (const [id, n] of shared) most = Math.max(most, n / sizes[id]!);
      return most;
    },
  };
}

function windowOf(
  parts: SearchArgs["existing"][number],
  within: { x: number; y: number; width: number; height: number },
) {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [outline] of parts)
    for (let i = 0; i < outline!.length; i += 2) {
      minX = Math.min(minX, outline![i]!);
      maxX = Math.max(maxX, outline![i]!);
      minY = Math.min(minY, outline![i + 1]!);
      maxY = Math.max(maxY, outline![i + 1]!);
    }
  const x = Math.max(within.x, Math.floor(minX));
  const y = Math.max(within.y, Math.floor(minY));
  const width = Math.min(within.x + within.width, Math.ceil(maxX)) - x;
  const height = Math.min(within.y + within.height, Math.ceil(maxY)) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}
