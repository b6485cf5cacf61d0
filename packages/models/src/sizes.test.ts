import { beforeAll, describe, expect, it } from "vitest";
import { openNetworks } from "./eval/job.ts";
import type { Cell } from "./grid.ts";
import { iou, type Mask } from "./mask.ts";
import type { Planes } from "./planes.ts";
import { maskScale, proposedMask } from "./proposal.ts";
import { proposeAll } from "./propose.ts";
import { Segmenter } from "./segmenter.ts";

/** Discs of 4 to 5000 px across, centre x, y and radius: image px. */
const DISCS = [
  [400, 400, 2],
  [440.5, 400.5, 2.5],
  [500.5, 400.5, 5],
  [600, 500, 12],
  [1000, 500, 90],
  [1700, 1100, 200],
  [6000, 2500, 750],
  [12_000, 8000, 2500],
] as const;
const image = { width: 20_000, height: 16_000 };

/** A cell's pixels without the image, which would take gigabytes: what of each px a disc covers, and some noise. */
function pixels({ scale, x, y, width, height }: Cell): Planes {
  const near = DISCS.filter(
    ([cx, cy, r]) =>
      (cx + r) * scale >= x &&
      (cy + r) * scale >= y &&
      (cx - r) * scale <= x + width &&
      (cy - r) * scale <= y + height,
  );
  const data = new Float32Array(3 * width * height);
  let seed = 7;
  for (let i = 0; i < width * height; i++) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    const [px, py] = [x + (i % width) + 0.5, y + Math.floor(i / width) + 0.5];
    let covered = 0;
    for (const [cx, cy, r] of near) {
      const depth = r * scale - Math.hypot(px - cx * scale, py - cy * scale);
      covered = Math.max(covered, Math.min(1, Math.max(0, depth + 0.5)));
    }
    const v = 0.08 + 0.62 * covered + (seed / 2 ** 31 - 0.5) * 0.06;
    for (let c = 0; c < 3; c++) data[c * width * height + i] = Math.max(0, v);
  }
  return { channels: 3, width, height, data };
}

function disc(x: number, y: number, r: number): Mask {
  const side = Math.ceil(2 * r) + 2;
  const [x0, y0] = [Math.floor(x - r) - 1, Math.floor(y - r) - 1];
  const data = Uint8Array.from({ length: side * side }, (_, i) =>
    Math.hypot(x0 + (i % side) + 0.5 - x, y0 + Math.floor(i / side) + 0.5 - y) < r ? 1 : 0,
  );
  return { x: x0, y: y0, width: side, height: side, data };
}

describe("the network that ships, on objects of all sizes", { timeout: 120_000 }, () => {
  let segmenter: Segmenter;
  beforeAll(async () => {
    const { encoder, decoder } = await openNetworks({ weights: null, decoder: "node" });
    segmenter = new Segmenter({ decoder, image, embed: async (cell) => encoder.encode(pixels(cell)) });
  }, 120_000);

  it.each(DISCS)("outlines the one at %d, %d of radius %d, from near and from afar", async (x, y, r) => {
    for (const across of [40, 1000]) {
      const zoom = Math.min(4, across / (2 * r));
      const click = { kind: "point", x: x + r * 0.2, y, inside: true } as const;
      const proposal = await segmenter.propose([click], null, { start: segmenter.startFor(zoom) });
      const scale = maskScale(proposal);
      const found = iou(proposedMask(proposal, proposal.best, scale), disc(x * scale, y * scale, r * scale));
      expect(found).toBeGreaterThan(r < 2.5 ? 0.5 : r < 5 ? 0.7 : r < 10 ? 0.85 : 0.95);
    }
  });

  it("finds those of four px across by itself, in a view that shows them", async () => {
    const rect = { minX: 380, minY: 380, maxX: 520, maxY: 420 };
    const found = await proposeAll(segmenter, rect, { enlarged: true });
    for (const [x, y, r] of DISCS.slice(0, 3)) {
      const best = Math.max(0, ...found.map((f) => iou(f.mask, disc(x, y, r))));
      expect(best).toBeGreaterThan(r < 2.5 ? 0.5 : 0.7);
    }
  });

  it("finds what is too large to be seen from where the small ones are", async () => {
    const [x, y, r] = DISCS[5];
    const rect = { minX: x - 220, minY: y - 220, maxX: x + 220, maxY: y + 220 };
    const found = await proposeAll(segmenter, rect);
    expect(Math.max(0, ...found.map((f) => iou(f.mask, disc(x, y, r))))).toBeGreaterThan(0.95);
  });
});
