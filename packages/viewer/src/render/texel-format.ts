import type { PixelType } from "../source/image-source.ts";
import { LUT_NAMES, LUT_SIZE, lutTable } from "./luts.ts";

export type TexelKind = "uint" | "float";

/** How texels of a pixel type lie in a texture; the counterpart of `createTexels`. */
export interface TexelFormat {
  readonly kind: TexelKind;
  readonly internal: number;
  readonly format: number;
  readonly type: number;
  readonly bytesPerLane: number;
}

const NAMES = ["R", "RG", "RGBA"] as const;

/**
 * How texels of a pixel type are kept on the GPU.
 * @param lanes channels in one texel: 1, 2 or 4
 */
export function texelFormat(gl: WebGL2RenderingContext, dtype: PixelType, lanes: number): TexelFormat {
  const name = NAMES[lanes === 1 ? 0 : lanes === 2 ? 1 : 2];
  const integer = { R: gl.RED_INTEGER, RG: gl.RG_INTEGER, RGBA: gl.RGBA_INTEGER }[name];
  if (dtype === "uint8") {
    const internal = { R: gl.R8UI, RG: gl.RG8UI, RGBA: gl.RGBA8UI }[name];
    return { kind: "uint", internal, format: integer, type: gl.UNSIGNED_BYTE, bytesPerLane: 1 };
  }
  if (dtype === "uint16") {
    const internal = { R: gl.R16UI, RG: gl.RG16UI, RGBA: gl.RGBA16UI }[name];
    return { kind: "uint", internal, format: integer, type: gl.UNSIGNED_SHORT, bytesPerLane: 2 };
  }
  const internal = { R: gl.R32F, RG: gl.RG32F, RGBA: gl.RGBA32F }[name];
  const format = { R: gl.RED, RG: gl.RG, RGBA: gl.RGBA }[name];
  return { kind: "float", internal, format, type: gl.FLOAT, bytesPerLane: 4 };
}

/** A texture that is read texel by texel. */
export function createTexelTexture(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return texture;
}

/** All colour maps, one a row. */
export function createLutTexture(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = createTexelTexture(gl);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, LUT_SIZE, LUT_NAMES.length);
  LUT_NAMES.forEach((name, row) => {
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, row, LUT_SIZE, 1, gl.RGBA, gl.UNSIGNED_BYTE, lutTable(name));
  });
  return texture;
}
