import { describe, expect, it } from "vitest";
import { ModelError } from "./errors.ts";
import { type Disc, fakeModel } from "./fake-model.ts";
import { cellAt, cellKey } from "./grid.ts";
import { parseManifest } from "./manifest.ts";
import { area, cut, iou, type Mask } from "./mask.ts";
import { maskScale, proposedMask } from "./proposal.ts";
import { proposeAll } from "./propose.ts";
import { Segmenter } from "./segmenter.ts";
import { fakeSam } from "./testing/sam.ts";
import { loadManifest } from "./weights.ts";

const manifest = await loadManifest();
const image = { width: 3000, height: 1500 };

function open(discs: readonly Disc[], size = image) {
  const model = fakeModel(manifest, discs);
  return { ...model, segmenter: new Segmenter({ decoder: model.decoder, image: size, embed: model.embed }) };
}
const click = (x: number, y: number, inside = true) => ({ kind: "point", x, y, inside }) as const;

function disc({ x, y, r }: Disc): Mask {
  const side = Math.ceil(2 * r) + 2;
  const [x0, y0] = [Math.floor(x - r) - 1, Math.floor(y - r) - 1];
  const data = Uint8Array.from({ length: side * side }, (_, i) =>
    Math.hypot(x0 + (i % side) + 0.5 - x, y0 + Math.floor(i / side) + 0.5 - y) < r ? 1 : 0,
  );
  return { x: x0, y: y0, width: side, height: side, data };
}

describe("cells", () => {
  it("overlap by half, so that every point lies at least a quarter of a region from a border inside the image", () => {
    for (const scale of [0.5, 1, 2] as const)
      for (let x = 0; x <= image.width; x += 97) {
        const cell = cellAt(image, scale, { x, y: 700 }, manifest);
        const [left, right] = [x * scale - cell.x, cell.x + cell.width - x * scale];
        expect(left >= 256 || cell.x === 0).toBe(true);
        expect(right >= 256 || cell.x + cell.width === Math.ceil(image.width * scale)).toBe(true);
        expect(cell.x % 512).toBe(0);
      }
  });
});

describe("one click", () => {
  it("outlines objects of all sizes where they lie, in other cells too", async () => {
    for (const d of [
      { x: 2500.5, y: 1200.5, r: 5 },
      { x: 2500.5, y: 1200.5, r: 9 },
      { x: 1300, y: 40, r: 20 },
      { x: 700, y: 700, r: 110 },
      { x: 2995, y: 1496, r: 30 },
    ]) {
      const { segmenter } = open([d]);
      const mask = proposedMask(await segmenter.propose([click(Math.min(d.x, image.width - 1), d.y)]));
      const whole = disc(d);
      const seen = cut(
        whole,
        whole.x,
        whole.y,
        Math.min(whole.width, image.width - whole.x),
        Math.min(whole.height, image.height - whole.y),
      );
      expect(iou(mask, seen)).toBeGreaterThan(0.93);
    }
  });

  it("looks at the enlarged image for small objects and at the half for large ones", async () => {
    const scalesFor = async (r: number) => {
      const { segmenter } = open([{ x: 700, y: 700, r }]);
      return (await segmenter.propose([click(700, 700)])).views.map((v) => v.cell.scale);
    };
    expect(await scalesFor(6)).toEqual([1, 2]);
    expect(await scalesFor(15)).toEqual([1, 2]);
    expect(await scalesFor(30)).toEqual([1]);
    expect(await scalesFor(60)).toEqual([0.5]);
    expect(await scalesFor(110)).toEqual([0.25]);
  });

  it("goes further away until an object of any size fits, and gives its mask on a level of reasonable size", async () => {
    const size = { width: 9000, height: 7000 };
    for (const [r, scale] of [
      [300, 0.125],
      [750, 0.03125],
      [2500, 0.015625],
    ] as const) {
      const d = { x: 4100.5, y: 3300.5, r };
      const { segmenter, asked } = open([d], size);
      const proposal = await segmenter.propose([click(d.x + r / 3, d.y)]);
      expect(proposal.views.map((v) => v.cell.scale)).toEqual([scale]);
      expect(new Set(asked.map((c) => c.scale)).size).toBe(asked.length);
      const level = maskScale(proposal);
      const mask = proposedMask(proposal, 0, level);
      expect(mask.data.length).toBeLessThanOrEqual(2 ** 22);
      const whole = disc({ x: d.x * level, y: d.y * level, r: r * level });
      expect(iou(mask, whole)).toBeGreaterThan(0.97);
      // Corrections stay on that level.
      const out = click(d.x - r * 0.9, d.y, false);
      const second = await segmenter.propose([click(d.x + r / 3, d.y), out], proposal);
      const corrected = proposedMask(second, 0, level);
      const at = (m: Mask, x: number, y: number) =>
        m.data[(Math.floor(y * level) - m.y) * m.width + Math.floor(x * level) - m.x];
      expect([at(mask, out.x, out.y), at(corrected, out.x, out.y), at(corrected, d.x, d.y)]).toEqual([
        1, 0, 1,
      ]);
    }
  });

  it("begins where the zoom says, and goes nearer where the object is small there", async () => {
    const size = { width: 40_000, height: 30_000 };
    const small = { x: 20_100.5, y: 9000.5, r: 24 };
    const { segmenter, asked } = open([small, { x: 4000, y: 4000, r: 150 }], size);
    expect([8, 1, 0.26, 0.2, 0.1, 0.01].map((zoom) => segmenter.startFor(zoom))).toEqual([
      1, 1, 1, 0.5, 0.25, 0.03125,
    ]);
    expect(segmenter.likelyFor(1)).toEqual([1, 2]);
    expect(segmenter.likelyFor(0.25)).toEqual([0.25, 0.5]);
    const far = segmenter.startFor(0.1);
    const found = await segmenter.propose([click(4000, 4000)], null, { start: far });
    expect(found.views.map((v) => v.cell.scale)).toEqual([0.25]);
    expect(asked.length).toBe(1);
    const near = await segmenter.propose([click(small.x, small.y)], null, { start: far });
    expect(near.views.map((v) => v.cell.scale)).toEqual([1]);
    expect(iou(proposedMask(near), disc(small))).toBeGreaterThan(0.93);
    // A picture that is one region is not looked at from further away.
    expect(open([], { width: 900, height: 700 }).segmenter.startFor(0.05)).toBe(1);
  });

  it("needs one level of SAM's networks, which tell small objects from large ones themselves", () => {
    const { manifest: sam } = fakeSam("sam");
    const decoder = { ...fakeModel(manifest, []).decoder, manifest: parseManifest(sam) };
    const segmenter = new Segmenter({ decoder, image, embed: () => Promise.reject(new Error("not asked")) });
    expect(segmenter.likelyFor(1)).toEqual([1]);
    expect(segmenter.likelyFor(0.25)).toEqual([0.25]);
  });

  it("asks for each cell once, also after a failure only when asked again", async () => {
    const { segmenter, asked } = open([{ x: 500, y: 500, r: 20 }]);
    await Promise.all([segmenter.propose([click(500, 500)]), segmenter.propose([click(505, 500)])]);
    expect(asked.length).toBe(1);
    let fail = true;
    const model = fakeModel(manifest, []);
    const flaky = new Segmenter({
      decoder: model.decoder,
      image,
      embed: (cell) => (fail ? Promise.reject(new Error("gone")) : model.embed(cell)),
    });
    await expect(flaky.propose([click(9, 9)])).rejects.toThrow("gone");
    fail = false;
    await expect(flaky.propose([click(9, 9)])).resolves.toBeDefined();
  });

  it("refuses what is no prompt before anything is encoded", async () => {
    const { segmenter, asked } = open([]);
    await expect(segmenter.propose([click(Number.NaN, 1)])).rejects.toThrow(ModelError);
    await expect(segmenter.propose([click(5, 1501)])).rejects.toThrow(ModelError);
    expect(asked).toEqual([]);
  });
});

describe("corrections", () => {
  it("go to the levels of the first proposal, with its mask", async () => {
    const { segmenter, requests } = open([{ x: 500, y: 500, r: 6 }]);
    const first = await segmenter.propose([click(500, 500)]);
    requests.length = 0;
    const second = await segmenter.propose([click(500, 500), click(520, 500, false)], first);
    expect(second.views.map((v) => v.cell)).toEqual(first.views.map((v) => v.cell));
    expect(requests.length).toBe(2);
    for (const r of requests) {
      expect(r.points.length).toBe(6);
      expect(r.previous?.length).toBe(r.window.width * r.window.height);
      expect(Math.max(...(r.previous as Float32Array))).toBeGreaterThan(0);
    }
  });

  it("end with every click on the side it was meant for, though the network disagrees", async () => {
    const { segmenter } = open([{ x: 500, y: 500, r: 20 }]);
    const inside = (m: Mask, x: number, y: number) => m.data[(y - m.y) * m.width + x - m.x];
    // too wide all round: the whole border moves
    let p = await segmenter.propose([click(500.5, 500.5)]);
    p = await segmenter.propose([click(500.5, 500.5), click(516.5, 500.5, false)], p);
    const narrow = proposedMask(p);
    expect(inside(narrow, 516, 500)).toBe(0);
    expect(inside(narrow, 484, 500)).toBe(0);
    expect(inside(narrow, 500, 500)).toBe(1);
    // right on one side, wrong on the other: only a bump
    p = await segmenter.propose([click(500.5, 500.5), click(516.5, 500.5, false), click(482.5, 500.5)], p);
    const bumped = proposedMask(p);
    expect(inside(bumped, 516, 500)).toBe(0);
    expect(inside(bumped, 482, 500)).toBe(1);
    expect(inside(bumped, 500, 517)).toBe(1);
  });
});

describe("everything in a region", () => {
  const discs = [
    { x: 100, y: 100, r: 14 },
    { x: 128, y: 100, r: 13.5 },
    { x: 60, y: 200, r: 20 },
    { x: 220, y: 220, r: 16 },
  ];
  it("finds each object once, where it lies", async () => {
    const { segmenter } = open(discs, { width: 300, height: 280 });
    const found = await proposeAll(segmenter, { minX: 0, minY: 0, maxX: 300, maxY: 280 });
    expect(found.length).toBe(discs.length);
    for (const d of discs) expect(Math.max(...found.map((f) => iou(f.mask, disc(d))))).toBeGreaterThan(0.9);
    expect(found.every((f, i) => i === 0 || f.score <= (found[i - 1]?.score as number))).toBe(true);
  });

  it("stays in its rectangle, tells how far it is, and stops when told", async () => {
    const { segmenter } = open(discs, { width: 300, height: 280 });
    const rect = { minX: 0, minY: 150, maxX: 120, maxY: 280 };
    const progress: number[] = [];
    const found = await proposeAll(segmenter, rect, { onProgress: (done) => progress.push(done) });
    expect(found.map((f) => area(f.mask)).length).toBe(1);
    expect(progress.length).toBeGreaterThan(1);
    const stop = new AbortController();
    stop.abort();
    await expect(proposeAll(segmenter, rect, { signal: stop.signal })).rejects.toThrow(/abort/i);
  });

  it("asks SAM's networks at a lattice of so many points, whatever the view", async () => {
    const model = fakeModel(manifest, discs);
    const decoder = { ...model.decoder, manifest: parseManifest(fakeSam("sam").manifest) };
    const size = { width: 300, height: 280 };
    const segmenter = new Segmenter({ decoder, image: size, embed: model.embed });
    const progress: [number, number][] = [];
    const rect = { minX: 0, minY: 0, maxX: 300, maxY: 280 };
    const found = await proposeAll(segmenter, rect, { onProgress: (...at) => progress.push(at) });
    expect(found.length).toBe(discs.length);
    for (const d of discs) expect(Math.max(...found.map((f) => iou(f.mask, disc(d))))).toBeGreaterThan(0.9);
    expect(progress.at(-1)![0]).toBeLessThanOrEqual(256);
    expect(model.asked.length).toBe(1);
  });

  it("goes through a large view region by region, on the level that was asked for", async () => {
    const size = { width: 17_000, height: 4000 };
    const many = Array.from({ length: 14 }, (_, i) => ({
      x: 1000.5 + (i % 7) * 2400,
      y: 1000.5 + Math.floor(i / 7) * 2000,
      r: 160 + (i % 5) * 40,
    }));
    const { segmenter, asked } = open(many, size);
    const progress: [number, number][] = [];
    const rect = { minX: 0, minY: 0, maxX: size.width, maxY: size.height };
    const found = await proposeAll(segmenter, rect, {
      scale: 0.125,
      onProgress: (...at) => progress.push(at),
    });
    expect(found.length).toBe(many.length);
    for (const { x, y, r } of many) {
      const whole = disc({ x: x / 8, y: y / 8, r: r / 8 });
      expect(Math.max(...found.map((f) => iou(f.mask, whole)))).toBeGreaterThan(0.9);
    }
    expect(found.every(({ cell }) => cell.scale <= 0.125)).toBe(true);
    expect(asked.every(({ scale }) => scale <= 0.25)).toBe(true);
    // Each region's cell once, though no more than a few are kept.
    const cells = asked.filter(({ scale }) => scale === 0.125).map(cellKey);
    expect(new Set(cells).size).toBe(cells.length);
    expect(progress.every(([done, of]) => done <= of)).toBe(true);
    const [done, of] = progress.at(-1)!;
    expect(done).toBe(of);
  }, 120_000);
});
