import { createTexelTexture } from "../texel-format.ts";
import { TABLE_STEPS, TABLE_WIDTH } from "./program.ts";
import type { LabelTile } from "./tiles.ts";

/** Given colours, sorted by value, for the shader to look up. */
export interface ColorTable {
  readonly texture: WebGLTexture;
  readonly entries: number;
}

/** Colours that a file gives, 0xRRGGBBAA by value, sorted by value for the shader's search; what exceeds the table is left out. */
export function createColorTable(
  gl: WebGL2RenderingContext,
  colors: ReadonlyMap<number, number>,
): ColorTable {
  const sorted = [...colors].sort(([a], [b]) => (a >>> 0) - (b >>> 0)).slice(0, 2 ** TABLE_STEPS - 1);
  const rows = Math.max(1, Math.ceil(sorted.length / TABLE_WIDTH));
  const data = new Uint32Array(rows * TABLE_WIDTH * 2);
  sorted.forEach(([value, color], i) => {
    data[2 * i] = value;
    data[2 * i + 1] = color;
  });
  const texture = createTexelTexture(gl);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RG32UI, TABLE_WIDTH, rows);
  gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, TABLE_WIDTH, rows, gl.RG_INTEGER, gl.UNSIGNED_INT, data);
  return { texture, entries: sorted.length };
}

/** One unsigned integer a texel, row-major [y, x]. */
export function createLabelTexture(
  gl: WebGL2RenderingContext,
  { texels, width, height }: LabelTile,
): WebGLTexture {
  const [internal, type] =
    texels instanceof Uint8Array
      ? ([gl.R8UI, gl.UNSIGNED_BYTE] as const)
      : texels instanceof Uint16Array
        ? ([gl.R16UI, gl.UNSIGNED_SHORT] as const)
        : ([gl.R32UI, gl.UNSIGNED_INT] as const);
  const texture = createTexelTexture(gl);
  gl.texStorage2D(gl.TEXTURE_2D, 1, internal, width, height);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RED_INTEGER, type, texels);
  return texture;
}
