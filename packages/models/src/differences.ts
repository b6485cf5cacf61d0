/**
 * Each value's distance, modulo 256, from what its neighbours let expect: the median of the left one, the upper one, and
 * the plane through them and the one between (as JPEG-LS, ISO/IEC 14495-1, does it). Maps of an embedding are smooth and
 * have edges, so distances are small, and pack a quarter smaller than the values. `values`: rows of `width`.
 */
export function toDifferences(values: Int8Array, width: number, out: Int8Array): void {
  for (let start = 0; start < values.length; start += width) {
    let left = 0;
    let corner = 0;
    for (let i = start; i < start + width; i++) {
      const up = start === 0 ? 0 : (values[i - width] as number);
      const value = values[i] as number;
      out[i] = value - expected(left, up, corner);
      left = value;
      corner = up;
    }
  }
}

/** The inverse. */
export function fromDifferences(differences: Int8Array, width: number, out: Int8Array): void {
  for (let start = 0; start < differences.length; start += width) {
    let left = 0;
    let corner = 0;
    for (let i = start; i < start + width; i++) {
      const up = start === 0 ? 0 : (out[i - width] as number);
      // As the array will hold it.
      left = (((differences[i] as number) + expected(left, up, corner)) << 24) >> 24;
      out[i] = left;
      corner = up;
    }
  }
}

/** Without branches, which noise would make costly. */
const expected = (left: number, up: number, corner: number): number =>
  Math.max(Math.min(left, up), Math.min(Math.max(left, up), left + up - corner));
