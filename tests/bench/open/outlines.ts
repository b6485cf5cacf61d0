import { readdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";

/** An outline as x0, y0, x1, y1, … in pixels, not closed. */
export type Outline = number[];

const TOLERANCE_PX = 0.5;

/** Right, down, left, up: steps along pixel edges. */
const STEP = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/**
 * Outlines of the first `count` nuclei in `folder` of 16-bit label images (0 background), in the order of the file
 * names: walked along the pixels' edges, object to the right hand, then simplified within half a pixel
 * (Ramer-Douglas-Peucker). Where a nucleus has several parts, the one found first.
 */
export async function readOutlines(folder: string, count: number): Promise<Outline[]> {
  const outlines: Outline[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (outlines.length >= count) break;
    const { data, info } = await sharp(join(folder, file))
      .toColourspace("grey16")
      .raw({ depth: "ushort" })
      .toBuffer({ resolveWithObject: true });
    const labels = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
    outlines.push(...outlinesOf(labels, info.width, info.height));
  }
  return outlines.slice(0, count);
}

function outlinesOf(labels: Uint16Array, width: number, height: number): Outline[] {
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : (labels[y * width + x] ?? 0);
  const seen = new Set<number>();
  const outlines: Outline[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const label = at(x, y);
      if (label === 0 || seen.has(label)) continue;
      seen.add(label);
      const outline = simplified(walk(x, y, (px, py) => at(px, py) === label));
      if (outline.length >= 6) outlines.push(outline);
    }
  return outlines;
}

/** Clockwise from the outer corner of the topmost-leftmost pixel, one vertex a turn. */
function walk(startX: number, startY: number, inside: (x: number, y: number) => boolean): Outline {
  const outline: Outline = [];
  let x = startX;
  let y = startY;
  let direction = 0;
  do {
    outline.push(x, y);
    do {
      const [dx, dy] = STEP[direction] as readonly [number, number];
      x += dx;
      y += dy;
    } while (straightOn(x, y, direction, inside));
    direction = turned(x, y, direction, inside);
  } while (x !== startX || y !== startY || direction !== 0);
  return outline;
}

/** The pixels left and right of the next step from the corner x, y. */
function beside(x: number, y: number, direction: number): [[number, number], [number, number]] {
  if (direction === 0)
    return [
      [x, y - 1],
      [x, y],
    ];
  if (direction === 1)
    return [
      [x, y],
      [x - 1, y],
    ];
  if (direction === 2)
    return [
      [x - 1, y],
      [x - 1, y - 1],
    ];
  return [
    [x - 1, y - 1],
    [x, y - 1],
  ];
}

function straightOn(
  x: number,
  y: number,
  direction: number,
  inside: (x: number, y: number) => boolean,
): boolean {
  const [left, right] = beside(x, y, direction);
  return inside(...right) && !inside(...left);
}

function turned(x: number, y: number, direction: number, inside: (x: number, y: number) => boolean): number {
  const [, right] = beside(x, y, direction);
  // Right pixel gone: turn right (4-connected); else the left one came in: turn left.
  return (direction + (inside(...right) ? 3 : 1)) % 4;
}

function simplified(outline: Outline): Outline {
  const n = outline.length / 2;
  // The vertex farthest from the first splits the ring in two lines.
  let far = 0;
  let most = -1;
  for (let i = 1; i < n; i++) {
    const d = Math.hypot(outline[2 * i]! - outline[0]!, outline[2 * i + 1]! - outline[1]!);
    if (d > most) [most, far] = [d, i];
  }
  const closed = [...outline, outline[0]!, outline[1]!];
  const keep = new Set<number>([0, far]);
  const stack: [number, number][] = [
    [0, far],
    [far, n],
  ];
  for (let pair = stack.pop(); pair; pair = stack.pop()) {
    const [a, b] = pair;
    let worst = TOLERANCE_PX;
    let split = -1;
    for (let i = a + 1; i < b; i++) {
      const d = distance(closed, i, a, b);
      if (d > worst) [worst, split] = [d, i];
    }
    if (split < 0) continue;
    keep.add(split);
    stack.push([a, split], [split, b]);
  }
  return [...keep].sort((a, b) => a - b).flatMap((i) => [closed[2 * i]!, closed[2 * i + 1]!]);
}

function distance(ring: Outline, i: number, a: number, b: number): number {
  const ax = ring[2 * a]!;
  const ay = ring[2 * a + 1]!;
  const dx = ring[2 * b]! - ax;
  const dy = ring[2 * b + 1]! - ay;
  const px = ring[2 * i]! - ax;
  const py = ring[2 * i + 1]! - ay;
  const length = Math.hypot(dx, dy);
  return length === 0 ? Math.hypot(px, py) : Math.abs(px * dy - py * dx) / length;
}
