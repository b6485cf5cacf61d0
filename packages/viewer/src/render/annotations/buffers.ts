import { type Bin, type Field, meshOfEntry, roughMeshOf } from "./bins.ts";
import type { ItemMesh, SceneItem } from "./mesh.ts";

/** One kind of primitive on the GPU. */
export interface Batch {
  readonly array: WebGLVertexArrayObject;
  readonly buffer: WebGLBuffer;
  /** Vertices of triangles, or instances of segments and dots. */
  readonly count: number;
}

/** What some items look like on the GPU; each batch null where empty. */
export interface Batches {
  readonly fills: Batch | null;
  readonly lines: Batch | null;
  /** Annotations that are points. */
  readonly points: Batch | null;
}

/** RGBA with alpha lowest, as the shaders unpack it. */
export function packColor(color: number, alpha: number): number {
  return (((color & 0xffffff) << 8) | Math.round(Math.min(1, Math.max(0, alpha)) * 255)) >>> 0;
}

const colorOf = ({ color, opacity }: SceneItem): number => packColor(color, opacity ?? 1);

export interface Piece {
  readonly mesh: ItemMesh;
  readonly isPoint: boolean;
  readonly color: number;
}

/** @param rough with few corners, for items of some ten pixels on screen */
export function buildBin(gl: WebGL2RenderingContext, bin: Bin, rough: boolean): Batches {
  const pieces: Piece[] = [];
  for (const entry of bin.entries.values()) {
    pieces.push({
      mesh: rough ? roughMeshOf(entry, bin) : meshOfEntry(entry, bin),
      isPoint: entry.item.geometry.kind === "point",
      color: colorOf(entry.item),
    });
  }
  return buildPieces(gl, pieces);
}

export function buildPieces(gl: WebGL2RenderingContext, pieces: readonly Piece[]): Batches {
  const shapes = pieces.filter(({ isPoint }) => !isPoint);
  const points = pieces.filter(({ isPoint }) => isPoint);
  return {
    fills: upload(
      gl,
      2,
      0,
      shapes.map(({ mesh, color }) => ({ values: mesh.triangles, color })),
    ),
    lines: upload(
      gl,
      4,
      1,
      shapes.map(({ mesh, color }) => ({ values: mesh.segments, color })),
    ),
    points: upload(
      gl,
      2,
      1,
      points.map(({ mesh, color }) => ({ values: mesh.middle, color })),
    ),
  };
}

/** One dot an item, in random order: a first part of it is a fair sample. */
export function buildDots(gl: WebGL2RenderingContext, field: Field): Batch | null {
  const dots: { values: [number, number]; color: number }[] = [];
  for (const bin of field.bins) {
    for (const { item, bounds } of bin.entries.values()) {
      const x = (bounds.minX + bounds.maxX) / 2 - field.origin.x;
      const y = (bounds.minY + bounds.maxY) / 2 - field.origin.y;
      dots.push({ values: [x, y], color: colorOf(item) });
    }
  }
  return upload(gl, 2, 1, shuffled(dots));
}

/**
 * Interleaves positions and a colour: `size` floats, then 4 bytes.
 * @param divisor 0: a vertex each; 1: an instance each
 */
function upload(
  gl: WebGL2RenderingContext,
  size: 2 | 4,
  divisor: 0 | 1,
  runs: readonly { readonly values: ArrayLike<number>; readonly color: number }[],
): Batch | null {
  const count = runs.reduce((sum, { values }) => sum + values.length / size, 0);
  if (count === 0) return null;
  const stride = size + 1;
  const floats = new Float32Array(count * stride);
  const colors = new Uint32Array(floats.buffer);
  let at = 0;
  for (const { values, color } of runs) {
    for (let i = 0; i < values.length; ) {
      for (let k = 0; k < size; k++) floats[at++] = values[i++]!;
      colors[at++] = color;
    }
  }
  const array = gl.createVertexArray();
  const buffer = gl.createBuffer();
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, floats, gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, size, gl.FLOAT, false, stride * 4, 0);
  gl.vertexAttribDivisor(0, divisor);
  gl.enableVertexAttribArray(1);
  gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_INT, stride * 4, size * 4);
  gl.vertexAttribDivisor(1, divisor);
  gl.bindVertexArray(null);
  return { array, buffer, count };
}

/** The same order every time, so that a sample does not flicker when the field is rebuilt. */
function shuffled<T>(items: T[]): T[] {
  let state = 0x9e3779b9;
  for (let i = items.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

export function freeBatches(gl: WebGL2RenderingContext, batches: readonly (Batch | null)[]): void {
  for (const batch of batches) {
    if (!batch) continue;
    gl.deleteVertexArray(batch.array);
    gl.deleteBuffer(batch.buffer);
  }
}
