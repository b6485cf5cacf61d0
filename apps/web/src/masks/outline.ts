import { type Parts, type PixelMask, partsOfMask, rasterise, simplify } from "@coscope/annotations/shapes";

/** Every pixel of the mask is found again from its outline as long as corners are cut by no more than this. */
const CORNER_PX = 0.5;
/** What the outline must keep of the mask, as IoU of the pixels. */
const FAITHFUL = 0.98;
const EVERYWHERE = { z: "all", t: "all" } as const;

/**
 * A mask as clean parts with holes, image px. It follows the cracks between pixels with their corners cut by half a
 * pixel (a staircase becomes the straight line through it, and no pixel changes sides: the outline filled again is the
 * mask), then loses the vertices that lie within `tolerancePx` of a straight line, as long as what it fills stays the
 * mask (IoU ≥ 0.98). Pixels that touch at a corner only are apart. Nothing inside: no parts.
 */
export function outlineOfMask(mask: PixelMask, tolerancePx: number): Parts {
  const parts = partsOfMask(mask).map((rings) => rings.map(cutCorners));
  if (parts.length === 0 || !(tolerancePx > 0)) return parts;
  for (const tolerance of [tolerancePx, tolerancePx / 2, tolerancePx / 4]) {
    const simpler = simplify({ kind: "polygon", plane: EVERYWHERE, parts }, tolerance);
    if (simpler?.kind !== "polygon") continue;
    if (pixelIou(mask, rasterise(simpler.parts, mask).data) >= FAITHFUL) return simpler.parts;
  }
  return parts;
}

/** The same of a mask of a coarser level (`scale`: its px an image px); what comes back, like the tolerance, is image px. */
export function outlineOfLevel(mask: PixelMask, scale: number, tolerancePx: number): Parts {
  return scaled(outlineOfMask(mask, tolerancePx * scale), 1 / scale);
}

/** Parts as they are so many times as large. */
export function scaled(parts: Parts, factor: number): Parts {
  if (factor === 1) return parts;
  return parts.map((rings) => rings.map((ring) => ring.map((v) => v * factor)));
}

/** Of two masks over the same window; 1 where both are empty. */
export function pixelIou(mask: { readonly data: Uint8Array }, other: Uint8Array): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < other.length; i++) {
    both += mask.data[i]! & other[i]!;
    either += mask.data[i]! | other[i]!;
  }
  return either === 0 ? 1 : both / either;
}

/** Each corner of a ring along cracks gives way to two points half a pixel away; edges are a pixel and longer. */
function cutCorners(ring: readonly number[]): number[] {
  const out: number[] = [];
  const n = ring.length;
  for (let i = 0; i < n; i += 2) {
    const [px, py] = [ring[(i + n - 2) % n]!, ring[(i + n - 1) % n]!];
    const [x, y] = [ring[i]!, ring[i + 1]!];
    const [nx, ny] = [ring[(i + 2) % n]!, ring[(i + 3) % n]!];
    add(out, x + CORNER_PX * Math.sign(px - x), y + CORNER_PX * Math.sign(py - y));
    add(out, x + CORNER_PX * Math.sign(nx - x), y + CORNER_PX * Math.sign(ny - y));
  }
  // The ring is closed: its first points may continue a line that began at its last ones.
  while (out.length > 6 && straight(out, out.length - 4, out.length - 2, 0)) out.length -= 2;
  while (out.length > 6 && straight(out, out.length - 2, 0, 2)) out.splice(0, 2);
  return out;
}

/** Adds a point unless it is there already, and takes back the one before where all three are in line. */
function add(out: number[], x: number, y: number): void {
  const n = out.length;
  if (n >= 2 && out[n - 2] === x && out[n - 1] === y) return;
  out.push(x, y);
  if (n >= 4 && straight(out, n - 4, n - 2, n)) out.splice(n - 2, 2);
}

/** Multiples of a half: exact. Points at the same place are in line with everything. */
function straight(p: readonly number[], a: number, b: number, c: number): boolean {
  return (p[b]! - p[a]!) * (p[c + 1]! - p[b + 1]!) === (p[b + 1]! - p[a + 1]!) * (p[c]! - p[b]!);
}
