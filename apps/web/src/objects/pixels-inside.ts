import { type Geometry, outlineOf } from "@coscope/annotations/geometry";

/** A rectangle of pixels of one level: what a tile holds, and where. */
export interface PixelBlock {
  /** Of its left and top pixel, px of the level. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

export interface Sum {
  readonly sum: number;
  readonly count: number;
}

/**
 * Of the pixels whose centre lies inside the shape (of a point: the pixel it lies in). `downsample`: image px per px
 * of the level. Lines have no inside: nothing.
 */
export function sumInside(geometry: Geometry, downsample: { x: number; y: number }, block: PixelBlock): Sum {
  if (geometry.kind === "polyline") return { sum: 0, count: 0 };
  if (geometry.kind === "point") return sumAt(geometry.x / downsample.x, geometry.y / downsample.y, block);
  // A quarter of a pixel of the level is less than any centre can tell.
  const { rings } = outlineOf(geometry, Math.min(downsample.x, downsample.y) / 4);
  const edges = edgesOf(rings, downsample);
  let [sum, count] = [0, 0];
  const { left, top, width, height, data } = block;
  const crossings: number[] = [];
  for (let row = 0; row < height; row++) {
    const y = top + row + 0.5;
    crossings.length = 0;
    for (let i = 0; i < edges.length; i += 4) {
      const [y0, y1] = [edges[i + 1]!, edges[i + 3]!];
      if (y0 <= y === y1 <= y) continue;
      const x0 = edges[i]!;
      crossings.push(x0 + ((y - y0) / (y1 - y0)) * (edges[i + 2]! - x0));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      // Centres at column + 0.5, from the crossing (included) to the next one (not).
      const from = Math.max(0, Math.ceil(crossings[i]! - left - 0.5));
      const to = Math.min(width, Math.ceil(crossings[i + 1]! - left - 0.5));
      const line = row * width;
      for (let x = from; x < to; x++) sum += data[line + x]!;
      if (to > from) count += to - from;
    }
  }
  return { sum, count };
}

/** The one pixel at a place of the level, if the block has it. */
function sumAt(x: number, y: number, { left, top, width, height, data }: PixelBlock): Sum {
  const [column, row] = [Math.floor(x) - left, Math.floor(y) - top];
  if (column < 0 || row < 0 || column >= width || row >= height) return { sum: 0, count: 0 };
  return { sum: data[row * width + column]!, count: 1 };
}

/** Edges of all rings as x0, y0, x1, y1, in px of the level: by even and odd, holes are outside. */
function edgesOf(rings: readonly (readonly number[])[], { x, y }: { x: number; y: number }): Float64Array {
  const edges = new Float64Array(rings.reduce((length, ring) => length + ring.length * 2, 0));
  let at = 0;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      edges[at++] = ring[j]! / x;
      edges[at++] = ring[j + 1]! / y;
      edges[at++] = ring[i]! / x;
      edges[at++] = ring[i + 1]! / y;
    }
  }
  return edges;
}
