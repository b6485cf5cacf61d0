import { partsOfMask, rasterise } from "@coscope/annotations/shapes";
import { outlineOfMask } from "@coscope/web/outline";
import { contours } from "d3-contour";
import type { Truth } from "../../e2e/support/truth.ts";
import { lowerIsBetter, type Metric } from "../metric.ts";
import { inTurns } from "./timed.ts";

interface Picture {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Every nucleus of a region of the demo slide as a mask of its own, and all of them as one. */
export async function outlineScene(truth: Truth, quick: boolean): Promise<Metric[]> {
  const each = truth.objects.map(({ label, bounds: { minX, minY, maxX, maxY } }): Picture => {
    // A px of room on every side, as masks of the decoder's windows have.
    const [x, y, width, height] = [minX - 1, minY - 1, maxX - minX + 2, maxY - minY + 2];
    const inside = (i: number) =>
      truth.labels[(y + Math.floor(i / width)) * truth.width + x + (i % width)] === label;
    return {
      x,
      y,
      width,
      height,
      data: Uint8Array.from({ length: width * height }, (_, i) => Number(inside(i))),
    };
  });
  const all: Picture = { ...truth, data: Uint8Array.from(truth.labels, (v) => Number(v > 0)) };
  const metrics: Metric[] = [];
  for (const [name, masks] of [
    [`${each.length} nuclei, each a mask`, each],
    ["a mask of 1024²", [all]],
  ] as const) {
    for (const mask of masks) {
      checked("The outline", mask, outlineOfMask(mask, 0));
      checked("d3-contour", mask, theirs(mask));
    }
    const [bare, ours, peer] = await inTurns(quick ? 5 : 25, [
      async () => masks.map((mask) => partsOfMask(mask)),
      async () => masks.map((mask) => outlineOfMask(mask, 0)),
      async () => masks.map(theirs),
    ]);
    metrics.push(
      lowerIsBetter(`${name}, to polygons along the cracks; peer: d3-contour`, bare!, peer!, "ms"),
      lowerIsBetter(`${name}, to polygons with their corners cut; peer: d3-contour`, ours!, peer!, "ms"),
    );
  }
  return metrics;
}

/** The same area in d3-contour: values are 0 and 1, so that between them is the middle. */
function theirs({ x, y, width, height, data }: Picture): number[][][] {
  const { coordinates } = contours()
    .size([width, height])
    .smooth(false)
    .contour(data as unknown as number[], 0.5);
  return coordinates.map((rings) =>
    rings.map((ring) => ring.slice(0, -1).flatMap(([px, py]) => [px! + x, py! + y])),
  );
}

/** Filled again it is the mask: an IoU of 1. */
function checked(who: string, mask: Picture, parts: number[][][] | ReturnType<typeof outlineOfMask>): void {
  const again = rasterise(parts, mask).data;
  const wrong = again.reduce((n, v, i) => n + Math.abs(v - mask.data[i]!), 0);
  if (wrong > 0) throw new Error(`${who} of a mask of ${mask.width} × ${mask.height} misses ${wrong} px.`);
}
