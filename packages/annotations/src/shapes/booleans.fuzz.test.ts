import * as polyclip from "polyclip-ts";
import { expect, test } from "vitest";
import { capsule } from "./brush.ts";
import { covers, faultOf, seeded } from "./overlay.testing.ts";
import { cleanParts, overlay, subtractClean, unitBoxOf, uniteClean } from "./overlay.ts";
import { type Parts, partsArea } from "./parts.ts";

/* Two oracles that share nothing with us: polyclip-ts, and asking points. Both must be against us to be right. */

const RUNS = Number(process.env.COSCOPE_FUZZ_RUNS ?? (process.env.COSCOPE_FULL ? 10_000 : 120));

const OPERATIONS = {
  union: { theirs: polyclip.union, holds: (a: boolean, b: boolean) => a || b },
  intersect: { theirs: polyclip.intersection, holds: (a: boolean, b: boolean) => a && b },
  subtract: { theirs: polyclip.difference, holds: (a: boolean, b: boolean) => a && !b },
  xor: { theirs: polyclip.xor, holds: (a: boolean, b: boolean) => a !== b },
} as const;

const closed = (parts: Parts): [number, number][][][] =>
  parts.map((rings) =>
    rings.map((ring) => {
      const pairs: [number, number][] = [];
      for (let i = 0; i < ring.length; i += 2) pairs.push([ring[i]!, ring[i + 1]!]);
      return [...pairs, pairs[0]!];
    }),
  );

function theirArea(result: number[][][][]): number {
  let area = 0;
  for (const rings of result)
    rings.forEach((ring, i) => {
      let twice = 0;
      for (let k = 0; k + 1 < ring.length; k++)
        twice += ring[k]![0]! * ring[k + 1]![1]! - ring[k + 1]![0]! * ring[k]![1]!;
      area += ((i === 0 ? 1 : -1) * Math.abs(twice)) / 2;
    });
  return area;
}

/** Distance to the nearest edge. */
function clearance(parts: Parts, x: number, y: number): number {
  let least = Infinity;
  for (const ring of parts.flat())
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const [ax, ay] = [ring[j]!, ring[j + 1]!];
      const [dx, dy] = [ring[i]! - ax, ring[i + 1]! - ay];
      const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
      least = Math.min(least, Math.hypot(x - ax - t * dx, y - ay - t * dy));
    }
  return least;
}

/** Coarse grids make everything touch, overlap and coincide; fine ones make crossings that have to be rounded. */
function randomRing(random: () => number, grid: number, size: number): number[] {
  const ring: number[] = [];
  const count = 3 + Math.floor(random() * 8);
  for (let i = 0; i < count; i++)
    ring.push(Math.round(random() * size * grid) / grid, Math.round(random() * size * grid) / grid);
  return ring;
}

test(`booleans of ${RUNS} random and degenerate pairs, against polyclip-ts and by points`, () => {
  const random = seeded(5);
  let theirMistakes = 0;
  for (let run = 0; run < RUNS; run++) {
    const grid = [1, 4, 64][run % 3]!;
    const size = [4, 10, 40][Math.floor(run / 3) % 3]!;
    const [a, b] = [0, 1].map(() => {
      const rings = Array.from({ length: random() < 0.3 ? 2 : 1 }, () => randomRing(random, grid, size));
      return cleanParts(rings.map((ring) => [ring]));
    }) as [Parts, Parts];
    for (const [name, { theirs, holds }] of Object.entries(OPERATIONS)) {
      const operation = name as keyof typeof OPERATIONS;
      const ours = overlay(a, b, operation);
      const what = () => `run ${run} ${operation} ${JSON.stringify(a)} ${JSON.stringify(b)}`;
      const fault = faultOf(ours);
      if (fault) expect.fail(`${fault}: ${what()}`);
      // An edge may move by half a unit where it is bent: points nearer than that to one say nothing.
      for (let i = 0; i < 12; i++) {
        const [x, y] = [random() * size, random() * size];
        if (Math.min(clearance(a, x, y), clearance(b, x, y)) < 0.15) continue;
        if (covers(ours, x, y) !== holds(covers(a, x, y), covers(b, x, y)))
          expect.fail(`${what()} at ${x}, ${y}`);
      }
      // It takes a hundred times as long as ours: a quarter of the pairs.
      if (a.length === 0 || b.length === 0 || run % 4 > 0) continue;
      let reference: number;
      try {
        reference = theirArea(theirs(closed(a) as never, closed(b) as never) as number[][][][]);
      } catch {
        theirMistakes++;
        continue;
      }
      if (Math.abs(reference - partsArea(ours)) > 0.02 * size + 0.1) theirMistakes++;
    }
    // Areas add up, whatever any oracle says.
    const [both, all] = [partsArea(overlay(a, b, "intersect")), partsArea(overlay(a, b, "union"))];
    expect(Math.abs(both + all - partsArea(a) - partsArea(b))).toBeLessThan(0.02 * size + 0.1);
  }
  // In 32,000 operations polyclip-ts threw 18 times and lost a piece once (shapely sides with us there).
  expect(theirMistakes).toBeLessThanOrEqual(2 + RUNS / 100);
}, 900_000);

test("many at once are what one after the other gives", () => {
  const random = seeded(6);
  for (let run = 0; run < RUNS / 10; run++) {
    const grid = [1, 64][run % 2]!;
    const shapes = Array.from({ length: 6 }, () => cleanParts([[randomRing(random, grid, 20)]]));
    const all = uniteClean(shapes);
    expect(faultOf(all)).toBeNull();
    const one = shapes.reduce((sum, parts) => overlay(sum, parts, "union"), [] as Parts);
    expect(Math.abs(partsArea(all) - partsArea(one))).toBeLessThan(1);
    const rest = subtractClean(shapes[0]!, shapes.slice(1));
    expect(faultOf(rest)).toBeNull();
    const cut = shapes.slice(1).reduce((left, parts) => overlay(left, parts, "subtract"), shapes[0]!);
    expect(Math.abs(partsArea(rest) - partsArea(cut))).toBeLessThan(1);
  }
});

test("a stroke that looks into its own box only gives what looking everywhere gives", () => {
  for (let seed = 0; seed < Math.max(6, RUNS / 50); seed++) {
    const random = seeded(seed);
    const scale = [1, 6, 30][seed % 3]!;
    let parts = cleanParts([[randomRing(random, [64, 8, 1][seed % 3]!, 100 * scale)]]);
    const dab = () => ({
      x: random() * 100 * scale,
      y: random() * 100 * scale,
      radius: (0.3 + random() * 8) * scale,
    });
    for (let event = 0; event < 12 && parts.length > 0; event++) {
      const stroke = [[capsule(dab(), dab())]];
      const operation = random() < 0.5 ? "union" : "subtract";
      const local = overlay(parts, stroke, operation, unitBoxOf(stroke));
      const fault = faultOf(local);
      if (fault) expect.fail(`${fault}: seed ${seed}, event ${event}`);
      const everywhere = overlay(parts, stroke, operation);
      expect(Math.abs(partsArea(local) - partsArea(everywhere))).toBeLessThan(0.1);
      parts = local;
    }
  }
}, 300_000);
