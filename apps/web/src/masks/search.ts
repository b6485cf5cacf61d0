import { areaOf, boundsOf, type ImageRect } from "@coscope/annotations/geometry";
import { type Parts, rasterise } from "@coscope/annotations/shapes";
import { area, Buckets, promptsAt, proposeAll, type Segmenter, scaleAtLeast } from "@coscope/models";
import { regionAt } from "./answers.ts";
import { tidyMask } from "./mask-cleanup.ts";
import { outlineOfLevel, scaled } from "./outline.ts";
import { zoomFor } from "./outlined.ts";
import type { PixelMask, SearchArgs, Searched, Suggestion } from "./protocol.ts";

/** An object of which more than this is covered by what is outlined already, or that covers as much of it, is not new. */
const OUTLINED = 0.35;
/** More in one view than anybody goes through. */
const MOST = 5000;
/** From so many CSS px a px of the searched level on, objects of few px are large enough to be looked for. */
const ENLARGED = 3;

/**
 * Every object in a rectangle of the image, but for those that are outlined already. Searched as it is seen: on the
 * coarsest level with a px for each CSS px, so that a view takes as long at any zoom.
 */
export async function search(
  segmenter: Segmenter,
  { rect, existing, minScore, tolerancePx }: SearchArgs,
  signal: AbortSignal,
  progress: (done: number, of: number) => void,
): Promise<Searched> {
  const zoom = zoomFor(tolerancePx);
  const scale = scaleAtLeast(zoom);
  const enlarged = zoom >= ENLARGED * scale;
  const found = await proposeAll(segmenter, rect, {
    signal,
    minScore,
    scale,
    enlarged,
    onProgress: progress,
  });
  const outlines = outlinedIn(existing, scale);
  const fresh: Suggestion[] = [];
  let leftOut = 0;
  for (const { mask, score, prompt, cell } of found.slice(0, MOST)) {
    const tidy = tidyMask(mask, promptsAt([prompt], scale));
    const size = area(tidy);
    if (size === 0) continue;
    if (outlines.share(tidy, size) > OUTLINED) {
      leftOut++;
      continue;
    }
    const parts = outlineOfLevel(tidy, scale, tolerancePx);
    fresh.push({ parts, score, area: size / scale ** 2, prompt, region: regionAt(cell) });
  }
  return { found: fresh, leftOut };
}

/** Areas that are there already, by where they lie on a level. */
function outlinedIn(existing: SearchArgs["existing"], scale: number) {
  const near = new Buckets<{ parts: Parts; box: ImageRect; size: number }>();
  for (const area of existing) {
    const parts = scaled(area, scale);
    const shape = { kind: "polygon", plane: { z: "all", t: "all" }, parts } as const;
    const box = boundsOf(shape);
    near.add(box, { parts, box, size: Math.max(1, areaOf(shape)) });
  }
  return {
    /** The largest share of the mask, or of one area under it, that both have in common. */
    share(mask: PixelMask, size: number): number {
      const { x, y, width, height, data } = mask;
      const here = { minX: x, minY: y, maxX: x + width, maxY: y + height };
      const covered = new Uint8Array(data.length);
      let most = 0;
      for (const one of near.near(here)) {
        if (!touches(one.box, here)) continue;
        const filled = rasterise(one.parts, mask).data;
        let shared = 0;
        for (let i = 0; i < data.length; i++)
          if (data[i] && filled[i]) {
            covered[i] = 1;
            shared++;
          }
        most = Math.max(most, shared / one.size);
      }
      let all = 0;
      for (const v of covered) all += v;
      return Math.max(most, all / size);
    },
  };
}

const touches = (a: ImageRect, b: ImageRect): boolean =>
  a.minX < b.maxX && b.minX < a.maxX && a.minY < b.maxY && b.minY < a.maxY;
