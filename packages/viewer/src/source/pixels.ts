import type { PixelType, TypedArray } from "./image-source.ts";

/** The array type of each pixel type. */
export const PIXEL_ARRAYS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export function createPixels(dtype: PixelType, length: number): TypedArray {
  return new PIXEL_ARRAYS[dtype](length);
}

/** Copies a rectangle between two row-major or strided planes; all positions and strides in elements. */
export function copyWindow(
  from: { data: TypedArray; offset: number; strideX: number; strideY: number },
  to: { data: TypedArray; offset: number; strideY: number },
  width: number,
  height: number,
): void {
  for (let row = 0; row < height; row++) {
    const source = from.offset + row * from.strideY;
    const target = to.offset + row * to.strideY;
    if (from.strideX === 1) {
      to.data.set(from.data.subarray(source, source + width), target);
    } else {
      for (let column = 0; column < width; column++) {
        to.data[target + column] = from.data[source + column * from.strideX]!;
      }
    }
  }
}
