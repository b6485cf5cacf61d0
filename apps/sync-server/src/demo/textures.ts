import { hash2, normal } from "./random.ts";

/** A tileable, zero-mean texture of unit standard deviation, with its averaged coarser forms. */
export interface Texture {
  /** Side of level 0, a power of two; level `n` has `side >> n`. */
  readonly side: number;
  /** Levels 0…3. Beyond that a texture is taken as its mean, 0. */
  readonly levels: readonly Float32Array[];
}

const TEXTURE_LEVELS = 4;

/** Fine even chromatin of epithelium. */
export const FINE_CHROMATIN = 0;
/** Coarse clumps, as in lymphocytes and plasma cells. */
export const CLUMPED_CHROMATIN = 1;
/** Pale chromatin with dark round nucleoli, as in tumour cells. */
export const VESICULAR_CHROMATIN = 2;
/** Barely textured: stroma and muscle. */
export const SMOOTH_CHROMATIN = 3;
/** Granules of cytoplasm. */
export const GRANULES = 4;
/** Blotches some ten pixels wide. */
export const MOTTLE = 5;
/** Fibres along x. */
export const STREAKS = 6;

let made: readonly Texture[] | null = null;

/** All textures, indexed by the constants above; made on first use (some 100 ms). */
export function textures(): readonly Texture[] {
  made ??= [
    finish(256, mix(band(256, 11, 1.3, 3.2), 1, band(256, 12, 3.4, 8), 0.9)),
    finish(256, clumps(256)),
    finish(256, vesicles(256)),
    finish(256, mix(band(256, 31, 1.6, 4), 0.5, band(256, 32, 5, 12), 1)),
    finish(256, mix(band(256, 41, 1.5, 3), 1, band(256, 42, 3, 7), 0.9)),
    finish(512, band(512, 51, 5, 18)),
    finish(512, streaks(512)),
  ];
  return made;
}

function finish(side: number, base: Float32Array): Texture {
  standardise(base);
  const levels = [base];
  for (let level = 1; level < TEXTURE_LEVELS; level++) {
    const fine = levels[level - 1]!;
    const fineSide = side >> (level - 1);
    const coarseSide = side >> level;
    const coarse = new Float32Array(coarseSide * coarseSide);
    for (let y = 0; y < coarseSide; y++) {
      for (let x = 0; x < coarseSide; x++) {
        const i = 2 * y * fineSide + 2 * x;
        coarse[y * coarseSide + x] =
          (fine[i]! + fine[i + 1]! + fine[i + fineSide]! + fine[i + fineSide + 1]!) / 4;
      }
    }
    levels.push(coarse);
  }
  return { side, levels };
}

function standardise(values: Float32Array): void {
  let sum = 0;
  for (const v of values) sum += v;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    values[i]! -= mean;
    squares += values[i]! ** 2;
  }
  const scale = 1 / Math.sqrt(squares / values.length);
  for (let i = 0; i < values.length; i++) values[i]! *= scale;
}

function white(side: number, seed: number): Float32Array {
  const values = new Float32Array(side * side);
  for (let i = 0; i < values.length; i++) values[i] = normal(hash2(seed, i, 3));
  return values;
}

/** White noise blurred by `low` minus the same blurred by `high` (standard deviations in pixels). */
function band(side: number, seed: number, low: number, high: number): Float32Array {
  const noise = white(side, seed);
  const fine = blurWrapped(noise, side, low, low);
  const coarse = blurWrapped(noise, side, high, high);
  for (let i = 0; i < fine.length; i++) fine[i]! -= coarse[i]!;
  standardise(fine);
  return fine;
}

function mix(a: Float32Array, weightA: number, b: Float32Array, weightB: number): Float32Array {
  return a.map((value, i) => value * weightA + b[i]! * weightB);
}

function clumps(side: number): Float32Array {
  const base = mix(band(side, 21, 1.9, 5), 1, band(side, 22, 1.2, 2.5), 0.35);
  // Bright clumps on an even ground: the positive side is stretched.
  return base.map((v) => (v > 0 ? v * 1.5 + 0.35 * v * v : v * 0.6));
}

function vesicles(side: number): Float32Array {
  const base = mix(band(side, 61, 1.4, 3), 0.75, band(side, 62, 3, 8), 0.6);
  const nucleoli = new Float32Array(side * side);
  for (let n = 0; n < 150; n++) {
    const cx = hash2(71, n, 0) % side;
    const cy = hash2(72, n, 0) % side;
    const radius = 2.6 + (hash2(73, n, 0) % 1000) / 400;
    const reach = Math.ceil(radius + 2);
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const d = Math.hypot(x, y);
        const i = ((cy + y + side) % side) * side + ((cx + x + side) % side);
        const hole = Math.min(1, Math.max(0, (radius + 1 - d) / 2));
        // A thin bright shell of condensed chromatin surrounds each nucleolus.
        const shell = Math.exp(-(((d - radius - 1.2) / 1.1) ** 2));
        nucleoli[i] = Math.min(nucleoli[i]!, -2.6 * hole) + 0.7 * shell;
      }
    }
  }
  return mix(base, 1, nucleoli, 1);
}

function streaks(side: number): Float32Array {
  const long = blurWrapped(white(side, 81), side, 26, 1.4);
  const short = blurWrapped(white(side, 82), side, 9, 3);
  standardise(long);
  standardise(short);
  // Fibres come and go: bundles some tens of pixels long.
  const patches = band(side, 83, 9, 30);
  return mix(long, 1, short, 0.8).map(
    (v, i) => v * Math.max(0.15, 0.8 + 0.45 * patches[i]!) + 0.5 * patches[i]!,
  );
}

function blurWrapped(source: Float32Array, side: number, sigmaX: number, sigmaY: number): Float32Array {
  const across = blurRows(source, side, sigmaX);
  return transpose(blurRows(transpose(across, side), side, sigmaY), side);
}

function transpose(source: Float32Array, side: number): Float32Array {
  const out = new Float32Array(source.length);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) out[x * side + y] = source[y * side + x]!;
  return out;
}

/** Three box blurs along the rows: close to a Gaussian, at a cost that doesn't grow with its width. */
function blurRows(source: Float32Array, side: number, sigma: number): Float32Array {
  let out = source;
  for (const radius of boxRadii(sigma)) {
    const next = new Float32Array(source.length);
    const scale = 1 / (2 * radius + 1);
    for (let y = 0; y < side; y++) {
      const row = y * side;
      let sum = 0;
      for (let k = -radius; k <= radius; k++) sum += out[row + ((k + side) & (side - 1))]!;
      for (let x = 0; x < side; x++) {
        next[row + x] = sum * scale;
        sum += out[row + ((x + radius + 1) & (side - 1))]! - out[row + ((x - radius + side) & (side - 1))]!;
      }
    }
    out = next;
  }
  return out;
}

/** Radii of three boxes whose variances add up to about `sigma`². */
function boxRadii(sigma: number): number[] {
  const ideal = Math.sqrt(4 * sigma * sigma + 1);
  const low = Math.floor((ideal - 1) / 2);
  const wide = Math.round((12 * sigma * sigma - 3 * (2 * low + 1) ** 2) / (8 * (low + 1)));
  return [0, 1, 2].map((n) => (n < wide ? low + 1 : low));
}
