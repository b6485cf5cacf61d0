/**
 * Squared Euclidean distance of every set px to the nearest px that is not set (exact; everything beyond the
 * rectangle counts as not set). Felzenszwalb & Huttenlocher 2012, one pass a side. 0 where not set.
 */
export function squaredDistance(
  width: number,
  height: number,
  inside: (i: number) => boolean | number,
): Float64Array {
  const [W, H] = [width + 2, height + 2]; // a rim of "not set"
  const far = (W + H) ** 2;
  const grid = new Float64Array(W * H);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (inside(y * width + x)) grid[(y + 1) * W + x + 1] = far;
  const side = Math.max(W, H);
  const line = new Float64Array(side);
  const v = new Int32Array(side);
  const z = new Float64Array(side + 1);
  const pass = (start: number, step: number, n: number) => {
    for (let i = 0; i < n; i++) line[i] = grid[start + i * step] as number;
    let k = 0;
    v[0] = 0;
    z[0] = Number.NEGATIVE_INFINITY;
    z[1] = Number.POSITIVE_INFINITY;
    for (let q = 1; q < n; q++) {
      let s: number;
      do {
        const p = v[k] as number;
        s = ((line[q] as number) + q * q - ((line[p] as number) + p * p)) / (2 * q - 2 * p);
      } while (s <= (z[k] as number) && --k >= 0);
      k++;
      v[k] = q;
      z[k] = s;
      z[k + 1] = Number.POSITIVE_INFINITY;
    }
    k = 0;
    for (let q = 0; q < n; q++) {
      while ((z[k + 1] as number) < q) k++;
      const p = v[k] as number;
      grid[start + q * step] = (q - p) ** 2 + (line[p] as number);
    }
  };
  for (let x = 0; x < W; x++) pass(x, W, H);
  for (let y = 0; y < H; y++) pass(y * W, 1, W);
  const out = new Float64Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) out[y * width + x] = grid[(y + 1) * W + x + 1] as number;
  return out;
}
