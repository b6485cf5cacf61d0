import type { PixelMask } from "./mask.ts";

/** Bits of the padded buffer. */
const INSIDE = 1;
const TRACED = 2;

/**
 * The edges between the pixels inside and those outside, as clean parts in image px: whole coordinates, outlines
 * positive, holes negative, exact (`rasterise` gives the mask back). Pixels that touch at a corner only are apart.
 * Data other than 0 and 1 counts by its lowest bit.
 */
export function partsOfMask(mask: PixelMask): number[][][] {
  const padded = pad(mask);
  const { bytes, stride } = padded;
  const words = new Uint32Array(bytes.buffer);
  const parts: number[][][] = [];
  const holes: number[][][] = [];
  // Which part the traced crack to the left of a pixel bounds. Untouched pages of it cost nothing.
  const owner = new Int32Array(bytes.length);

  const found = (at: number): void => {
    const hole = (bytes[at]! & INSIDE) === 0;
    let id = parts.length;
    if (hole) {
      let left = at - 1;
      while ((bytes[left]! & TRACED) === 0) left--;
      id = owner[left]!;
    }
    const rings = follow(padded, mask, at, hole, owner, id);
    if (!hole) {
      parts.push([]);
      holes.push([]);
    }
    for (const ring of rings) (isOutline(ring) ? parts : holes)[id]!.push(ring);
  };

  for (let row = 1; row <= mask.height; row++) {
    const start = row * stride;
    let before = 0;
    for (let word = start >> 2; word < (start + stride) >> 2; word++) {
      const value = words[word]!;
      if (value === (before ? 0x01010101 : 0)) continue;
      for (let at = word << 2; at < (word << 2) + 4; at++) {
        const now = bytes[at]! & INSIDE;
        if (now !== before && (bytes[at]! & TRACED) === 0) found(at);
        before = now;
      }
    }
  }
  parts.forEach((part, id) => {
    for (const ring of holes[id]!) part.push(ring);
  });
  return parts;
}

interface Padded {
  readonly bytes: Uint8Array;
  readonly stride: number;
}

const LEFT = 4;

/** A frame of empty pixels, and rows of whole words: the scan skips four equal pixels at a time. */
function pad({ width, height, data }: PixelMask): Padded {
  const stride = (LEFT + width + 4) & ~3;
  const bytes = new Uint8Array(stride * (height + 2));
  for (let row = 0; row < height; row++)
    bytes.set(data.subarray(row * width, (row + 1) * width), (row + 1) * stride + LEFT);
  return { bytes, stride };
}

/** Follows the cracks from the one left of the pixel `at`, inside on the positive side; split where it meets itself. */
function follow(
  { bytes, stride }: Padded,
  mask: PixelMask,
  at: number,
  hole: boolean,
  owner: Int32Array,
  id: number,
): number[][] {
  const rings: number[][] = [];
  // Vertices are named by the pixel to their lower right. Directions: 0 +x, 1 +y, 2 -x, 3 -y.
  const step = [1, stride, -1, -stride];
  // Of a vertex, from it in each direction: the pixel ahead on the inner side, and on the outer.
  const inner = [0, -1, -1 - stride, -stride];
  const outer = [-stride, 0, -1, -1 - stride];
  let direction = hole ? 1 : 3;
  let v = hole ? at : at + stride;
  const start = v;
  const first = direction;
  let path: number[] = [];
  let corners: Map<number, number> | null = null;
  do {
    const crack = direction === 1 ? v : v - stride;
    if (direction & 1) {
      bytes[crack]! |= TRACED;
      owner[crack] = id;
    }
    v += step[direction]!;
    const ahead = bytes[v + inner[direction]!]! & INSIDE;
    const across = bytes[v + outer[direction]!]! & INSIDE;
    if (ahead && !across) continue;
    const x = (v % stride) - LEFT + mask.x;
    const y = Math.floor(v / stride) - 1 + mask.y;
    if (!ahead && across) {
      // Two pixels touch here at their corners: the only kind of vertex that a boundary comes to twice.
      corners ??= new Map();
      const seen = corners.get(v);
      if (seen === undefined) corners.set(v, path.length);
      else {
        rings.push(path.slice(seen));
        path = path.slice(0, seen);
        for (const [corner, place] of corners) if (place > seen) corners.delete(corner);
      }
    }
    path.push(x, y);
    direction = (ahead ? direction + 3 : direction + 1) & 3;
  } while (v !== start || direction !== first);
  rings.push(path);
  return rings;
}

function isOutline(ring: readonly number[]): boolean {
  let area2 = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
    area2 += ring[j]! * ring[i + 1]! - ring[i]! * ring[j + 1]!;
  return area2 > 0;
}
