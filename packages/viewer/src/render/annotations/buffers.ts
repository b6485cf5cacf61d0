import { type Bin, type Field, meshOfEntry, roughMeshOf } from "./bins.ts";
import type { ItemMesh, SceneItem } from "./mesh.ts";

/** Triangles, as vertices in a buffer. */
export interface FillBatch {
  readonly array: WebGLVertexArrayObject;
  readonly buffer: WebGLBuffer;
  /** Vertices. */
  readonly count: number;
}

/**
 * Points in a texture, from which the vertex shader makes a quad each. Drawing
 * instances of a quad would say the same, but is twenty times slower in
 * software and no faster on graphics cards, which dislike tiny instances.
 */
export interface PointBatch {
  readonly texture: WebGLTexture;
  /** Quads: points, or one less for lines. */
  readonly count: number;
}

/** What some items look like on the GPU; each batch null where empty. */
export interface Batches {
  readonly fills: FillBatch | null;
  readonly lines: PointBatch | null;
  /** Annotations that are points. */
  readonly points: PointBatch | null;
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
  for (const entry of bin.entries) {
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
  return { fills: uploadFills(gl, shapes), lines: uploadLines(gl, shapes), points: uploadDots(gl, points) };
}

/** One dot an item, in random order: a first part of it is a fair sample. */
export function buildDots(gl: WebGL2RenderingContext, field: Field): PointBatch | null {
  const dots: Dot[] = [];
  for (const bin of field.bins) {
    for (const { item, minX, minY, maxX, maxY } of bin.entries) {
      const x = (minX + maxX) / 2 - field.origin.x;
      const y = (minY + maxY) / 2 - field.origin.y;
      dots.push({ mesh: { middle: [x, y] }, color: colorOf(item) });
    }
  }
  return uploadDots(gl, shuffled(dots));
}

interface Dot {
  readonly mesh: { readonly middle: readonly [number, number] };
  readonly color: number;
}

/** x, y as floats, then a colour. */
const VERTEX_WORDS = 3;

function uploadFills(gl: WebGL2RenderingContext, pieces: readonly Piece[]): FillBatch | null {
  const count = pieces.reduce((sum, { mesh }) => sum + mesh.triangles.length / 2, 0);
  if (count === 0) return null;
  const floats = new Float32Array(count * VERTEX_WORDS);
  const words = new Uint32Array(floats.buffer);
  let at = 0;
  for (const { mesh, color } of pieces) {
    const { triangles } = mesh;
    for (let i = 0; i < triangles.length; i += 2) {
      floats[at++] = triangles[i]!;
      floats[at++] = triangles[i + 1]!;
      words[at++] = color;
    }
  }
  const array = gl.createVertexArray();
  const buffer = gl.createBuffer();
  const stride = VERTEX_WORDS * 4;
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, floats, gl.STATIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, stride, 0);
  gl.enableVertexAttribArray(1);
  gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_INT, stride, 8);
  gl.bindVertexArray(null);
  return { array, buffer, count };
}

/** One point a vertex; the last of a chain is marked, so that no line goes on to the next chain. */
function uploadLines(gl: WebGL2RenderingContext, pieces: readonly Piece[]): PointBatch | null {
  let count = 0;
  for (const { mesh } of pieces) for (const chain of mesh.chains) count += chain.length / 2;
  if (count < 2) return null;
  const texels = new PointTexels(count);
  for (const { mesh, color } of pieces) {
    for (const chain of mesh.chains) {
      for (let i = 0; i < chain.length; i += 2) {
        texels.add(chain[i]!, chain[i + 1]!, color, i + 2 === chain.length);
      }
    }
  }
  return { texture: texels.upload(gl), count: count - 1 };
}

function uploadDots(gl: WebGL2RenderingContext, dots: readonly Dot[]): PointBatch | null {
  if (dots.length === 0) return null;
  const texels = new PointTexels(dots.length);
  for (const { mesh, color } of dots) texels.add(mesh.middle[0], mesh.middle[1], color, true);
  return { texture: texels.upload(gl), count: dots.length };
}

/** Rows of this many points; the shaders know it as a shift by 11 bits. */
const ROW = 2048;

/** RGBA32UI: x and y as the bits of floats, colour, whether a chain ends here. */
class PointTexels {
  readonly #width: number;
  readonly #height: number;
  readonly #floats: Float32Array;
  readonly #words: Uint32Array;
  #at = 0;

  constructor(points: number) {
    this.#width = Math.min(ROW, points);
    this.#height = Math.ceil(points / ROW);
    this.#floats = new Float32Array(this.#width * this.#height * 4);
    this.#words = new Uint32Array(this.#floats.buffer);
  }

  add(x: number, y: number, color: number, ends: boolean): void {
    this.#floats[this.#at++] = x;
    this.#floats[this.#at++] = y;
    this.#words[this.#at++] = color;
    this.#words[this.#at++] = ends ? 1 : 0;
  }

  upload(gl: WebGL2RenderingContext): WebGLTexture {
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32UI, this.#width, this.#height);
    const { RGBA_INTEGER, UNSIGNED_INT } = gl;
    gl.texSubImage2D(
      gl.TEXTURE_2D,
      0,
      0,
      0,
      this.#width,
      this.#height,
      RGBA_INTEGER,
      UNSIGNED_INT,
      this.#words,
    );
    return texture;
  }
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

export function freeBatches(gl: WebGL2RenderingContext, { fills, lines, points }: Batches): void {
  if (fills) {
    gl.deleteVertexArray(fills.array);
    gl.deleteBuffer(fills.buffer);
  }
  if (lines) gl.deleteTexture(lines.texture);
  if (points) gl.deleteTexture(points.texture);
}
