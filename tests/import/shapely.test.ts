import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PolygonGeometry } from "@coscope/annotations";
import {
  clean,
  flood,
  intersect,
  measureShape,
  type Parts,
  simplify,
  splitByLine,
  subtract,
  sweep,
  unite,
  wand,
  xor,
} from "@coscope/annotations/shapes";
import { expect, test } from "vitest";
import { createRandom } from "../convergence/random.ts";

/*
 * Ten thousand random and degenerate cases (half of them on whole pixels in a small square), made here and judged by
 * shapely in one go: valid, the same area, simplified within the tolerance, measured to a millionth.
 */

const PYTHON = process.env.COSCOPE_PYTHON;
const SCRIPT = fileURLToPath(new URL("../../packages/annotations/fixtures/check_shapes.py", import.meta.url));
const CASES = 10_000;
const plane = { z: 0, t: 0 };
const OPERATIONS = { union: unite, intersect, subtract, xor };
const NAMES = Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[];

const random = createRandom(99);
const polygon = (parts: Parts): PolygonGeometry => ({ kind: "polygon", plane, parts });
const partsOfShape = (g: PolygonGeometry | null): Parts => g?.parts ?? [];
const measured = (parts: Parts) => (parts.length > 0 ? measureShape(polygon(parts)) : null);

interface Scale {
  readonly grid: number;
  readonly size: number;
}
const scaleOf = (i: number): Scale => ({
  grid: [1, 64, 1, 4][i % 4]!,
  size: [4, 10, 40][Math.floor(i / 4) % 3]!,
});
const place = ({ grid, size }: Scale): number => random.below(size * grid + 1) / grid;

function area(scale: Scale): PolygonGeometry {
  for (;;) {
    const ring = () => Array.from({ length: 2 * (3 + random.below(5)) }, () => place(scale));
    const cleaned = clean(polygon(Array.from({ length: 1 + (random.next() < 0.3 ? 1 : 0) }, () => [ring()])));
    if (cleaned) return cleaned;
  }
}

function boolean(i: number) {
  const scale = scaleOf(i);
  const [a, b] = [area(scale), area(scale)];
  const operation = NAMES[Math.floor(i / 12) % 4]!;
  const parts = partsOfShape(OPERATIONS[operation](a, b));
  return {
    kind: "boolean",
    a: a.parts,
    b: b.parts,
    operation,
    size: scale.size,
    parts,
    measured: [measured(parts)],
  };
}

function split(i: number) {
  const scale = scaleOf(i);
  const a = area(scale);
  const { size } = scale;
  const middle = [place(scale), place(scale)];
  const line =
    i % 2 === 0
      ? [-9, place(scale), ...middle, size + 9, place(scale)]
      : [place(scale), -9, ...middle, place(scale), size + 9];
  const pieces = splitByLine(a, line).map(({ parts }) => parts);
  return { kind: "split", a: a.parts, line, size, pieces, measured: pieces.map(measured) };
}

/** Many corners, some with a hole: there is much to leave out. */
function simplified(i: number) {
  const scale = scaleOf(i);
  const round = (share: number): number[] => {
    const radius = scale.size * share;
    return Array.from({ length: 2 * 40 }, (_, k) => {
      const angle = (Math.PI * (k >> 1)) / 20;
      const reach = radius * (1 + 0.2 * random.next());
      return (
        Math.round((reach * (k % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) + scale.size / 2) * 64) / 64
      );
    });
  };
  const a =
    i % 3 === 0 ? area(scale) : clean(polygon([[round(0.35), ...(i % 3 === 1 ? [round(0.15)] : [])]]))!;
  const tolerance = [0.05, 0.3, 1.5][i % 3]!;
  const parts = (simplify(a, tolerance) as PolygonGeometry).parts;
  return { kind: "simplify", a: a.parts, tolerance, parts, measured: [measured(parts)] };
}

function magic(i: number) {
  const [width, height] = [2 + random.below(7), 2 + random.below(7)];
  const channels = [Array.from({ length: width * height }, () => random.below(4))];
  const window = { x: 5, y: -3, width, height, channels };
  const click = {
    x: 5 + random.below(width),
    y: -3 + random.below(height),
    tolerance: i % 3,
    diagonal: i % 2 === 0,
  };
  const { data } = flood(window, click);
  const pixels = [...data].flatMap((on, k) => (on ? [[5 + (k % width), -3 + Math.floor(k / width)]] : []));
  const parts = partsOfShape(wand(window, click, plane));
  return { kind: "wand", pixels, parts, measured: [measured(parts)] };
}

function brush(i: number) {
  const scale = scaleOf(i);
  const radius = 0.5 + random.next() * (scale.size / 8);
  const dabs = Array.from({ length: 1 + random.below(7) }, () => ({
    x: place(scale),
    y: place(scale),
    radius,
  }));
  if (i % 4 === 0) dabs.push(...dabs.toReversed());
  const parts = partsOfShape(sweep(dabs, plane));
  return {
    kind: "brush",
    line: dabs.flatMap(({ x, y }) => [x, y]),
    radius,
    parts,
    measured: [measured(parts)],
  };
}

test.skipIf(!PYTHON)(
  `${CASES} cases of booleans, split, simplify, wand and brush are as shapely has them (COSCOPE_PYTHON)`,
  async () => {
    const makers = [boolean, split, boolean, simplified, boolean, magic, boolean, brush, boolean, boolean];
    const folder = mkdtempSync(join(tmpdir(), "coscope-shapes-"));
    try {
      const file = join(folder, "cases.jsonl");
      const lines = Array.from({ length: CASES }, (_, i) =>
        JSON.stringify(makers[i % makers.length]!(Math.floor(i / makers.length) * 7 + (i % 7))),
      );
      writeFileSync(file, lines.join("\n"));
      const { stdout } = await promisify(execFile)(PYTHON!, [SCRIPT, file]);
      const { counts, wrong, wrongCount, worst } = JSON.parse(stdout);
      expect({ wrong, wrongCount }, JSON.stringify(worst)).toEqual({ wrong: [], wrongCount: 0 });
      expect(counts).toEqual({ boolean: 6_000, split: 1_000, simplify: 1_000, wand: 1_000, brush: 1_000 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  600_000,
);
