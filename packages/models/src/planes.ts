import { ModelError } from "./errors.ts";

/** Colour planes, `data[(channel * height + y) * width + x]`. */
export interface Planes {
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Pixels as readers give them: interleaved, `data[(y * width + x) * channels + channel]`, one channel or three. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint16Array | Float32Array;
}

export function checkPixels({ width, height, channels, data }: Pixels): void {
  const sound =
    Number.isInteger(width) &&
    Number.isInteger(height) &&
    width > 0 &&
    height > 0 &&
    (channels === 1 || channels === 3);
  if (!sound || data.length !== width * height * channels)
    throw new ModelError(
      "bad-image",
      "width × height × channels values, one channel or three",
      `${width} × ${height} × ${channels} with ${data.length} values`,
      "Give the pixels of one plane, row by row.",
    );
}

/** A rectangle of planes, clipped to them. */
export function crop(p: Planes, x: number, y: number, width: number, height: number): Planes {
  const w = Math.min(width, p.width - x);
  const h = Math.min(height, p.height - y);
  if (x === 0 && y === 0 && w === p.width && h === p.height) return p;
  const data = new Float32Array(p.channels * w * h);
  for (let c = 0; c < p.channels; c++)
    for (let r = 0; r < h; r++) {
      const from = (c * p.height + y + r) * p.width + x;
      data.set(p.data.subarray(from, from + w), (c * h + r) * w);
    }
  return { channels: p.channels, width: w, height: h, data };
}

/** Zeros below and to the right, up to the given size. */
export function padTo(p: Planes, width: number, height: number): Planes {
  if (p.width === width && p.height === height) return p;
  const data = new Float32Array(p.channels * width * height);
  for (let c = 0; c < p.channels; c++)
    for (let y = 0; y < p.height; y++) {
      const from = (c * p.height + y) * p.width;
      data.set(p.data.subarray(from, from + p.width), (c * height + y) * width);
    }
  return { channels: p.channels, width, height, data };
}

/** Twice the size by cubic convolution (a = -0.75, edges repeated): the training's enlargement. */
export function enlarge(p: Planes): Planes {
  const W = p.width * 2;
  const H = p.height * 2;
  const wide = new Float32Array(p.channels * p.height * W);
  // output 2i lies a quarter pixel left of input i, output 2i+1 a quarter right
  const [a, b, c, d] = CUBIC;
  for (let row = 0; row < p.channels * p.height; row++) {
    const from = row * p.width;
    const at = (i: number) => p.data[from + (i < 0 ? 0 : i >= p.width ? p.width - 1 : i)] as number;
    for (let i = 0; i < p.width; i++) {
      wide[row * W + 2 * i] = d * at(i - 2) + c * at(i - 1) + b * at(i) + a * at(i + 1);
      wide[row * W + 2 * i + 1] = a * at(i - 1) + b * at(i) + c * at(i + 1) + d * at(i + 2);
    }
  }
  const data = new Float32Array(p.channels * W * H);
  for (let ch = 0; ch < p.channels; ch++)
    for (let i = 0; i < p.height; i++) {
      const row = (k: number) => (ch * p.height + (k < 0 ? 0 : k >= p.height ? p.height - 1 : k)) * W;
      const [m2, m1, z, p1, p2] = [row(i - 2), row(i - 1), row(i), row(i + 1), row(i + 2)];
      const to = (ch * H + 2 * i) * W;
      for (let x = 0; x < W; x++) {
        const n1 = wide[m1 + x] as number;
        const n0 = wide[z + x] as number;
        const np = wide[p1 + x] as number;
        data[to + x] = d * (wide[m2 + x] as number) + c * n1 + b * n0 + a * np;
        data[to + W + x] = a * n1 + b * n0 + c * np + d * (wide[p2 + x] as number);
      }
    }
  return { channels: p.channels, width: W, height: H, data };
}

/** Weights of the four neighbours for a sample a quarter of a pixel past the second of them. */
const CUBIC = ((A = -0.75, t = 0.25) => {
  const far = (x: number) => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
  const near = (x: number) => ((A + 2) * x - (A + 3)) * x * x + 1;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)] as const;
})();

/** Half the size, each output the mean of four; an odd last row or column is repeated. */
export function halve(p: Planes): Planes {
  const W = Math.ceil(p.width / 2);
  const H = Math.ceil(p.height / 2);
  const data = new Float32Array(p.channels * W * H);
  for (let c = 0; c < p.channels; c++)
    for (let y = 0; y < H; y++) {
      const r0 = (c * p.height + 2 * y) * p.width;
      const r1 = 2 * y + 1 < p.height ? r0 + p.width : r0;
      for (let x = 0; x < W; x++) {
        const x0 = 2 * x;
        const x1 = x0 + 1 < p.width ? x0 + 1 : x0;
        const sum =
          (p.data[r0 + x0] as number) +
          (p.data[r0 + x1] as number) +
          (p.data[r1 + x0] as number) +
          (p.data[r1 + x1] as number);
        data[(c * H + y) * W + x] = sum / 4;
      }
    }
  return { channels: p.channels, width: W, height: H, data };
}

/** Twice the size, linear between pixel centres, edges repeated. Mask logits of a coarser level come back this way. */
export function double(p: Planes): Planes {
  const W = p.width * 2;
  const H = p.height * 2;
  const data = new Float32Array(p.channels * W * H);
  for (let c = 0; c < p.channels; c++)
    for (let y = 0; y < H; y++) {
      const sy = (y + 0.5) / 2 - 0.5;
      const y0 = Math.max(0, Math.floor(sy));
      const y1 = Math.min(p.height - 1, Math.floor(sy) + 1);
      const fy = sy - Math.floor(sy);
      for (let x = 0; x < W; x++) {
        const sx = (x + 0.5) / 2 - 0.5;
        const x0 = Math.max(0, Math.floor(sx));
        const x1 = Math.min(p.width - 1, Math.floor(sx) + 1);
        const fx = sx - Math.floor(sx);
        const v = (yy: number, xx: number) => p.data[(c * p.height + yy) * p.width + xx] as number;
        data[(c * H + y) * W + x] =
          (v(y0, x0) * (1 - fx) + v(y0, x1) * fx) * (1 - fy) + (v(y1, x0) * (1 - fx) + v(y1, x1) * fx) * fy;
      }
    }
  return { channels: p.channels, width: W, height: H, data };
}
