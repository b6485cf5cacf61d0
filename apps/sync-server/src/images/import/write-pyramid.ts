import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import * as zarr from "zarrita";
import { ImportError } from "./errors.ts";
import { CHUNK, halve, type LevelSize, levelSizes } from "./levels.ts";
import { bitsOf, type Raster, type Samples, samplesOf } from "./raster.ts";

const compress = promisify(gzip);
const GZIP_LEVEL = 4;

export interface PyramidOptions {
  /** Levels hold ids: halved without mixing. */
  readonly labels?: boolean;
  readonly signal?: AbortSignal;
  /** Called with the share done, 0…1. */
  readonly onProgress?: (share: number) => void;
}

export interface Pyramid {
  readonly levels: readonly LevelSize[];
  /** Of each channel's full-resolution samples, counted by value (labels: empty). */
  readonly histograms: readonly Uint32Array[];
}

/**
 * Writes the levels of a raster as the zarr v3 arrays `0`, `1`, … [c, y, x] (labels: [y, x]) of `folder`, in one pass from
 * top to bottom: a strip of one chunk's height is read, written, halved and handed to the next level.
 * Memory: about 4 strips, that is 4 × 512 × width × channels × bytes a sample, whatever the height.
 * @throws ImportError
 */
export async function writePyramid(
  folder: string,
  raster: Raster,
  options: PyramidOptions = {},
): Promise<Pyramid> {
  const { labels = false, signal, onProgress } = options;
  const levels = levelSizes(raster.width, raster.height);
  const bits = raster.depth;
  const histograms = labels
    ? []
    : Array.from({ length: raster.channels }, () => new Uint32Array(2 ** Math.min(16, bits)));
  for (const [i, size] of levels.entries())
    await writeArrayMetadata(join(folder, `${i}`), size, raster, labels);

  /** Rows of each level that wait until they fill a strip of chunks. */
  const waiting: Samples[][] = levels.map(() => []);
  const filled = levels.map(() => 0);
  const written = levels.map(() => 0);

  async function accept(level: number, rows: Samples): Promise<void> {
    const { width, height } = levels[level]!;
    waiting[level]!.push(rows);
    filled[level]! += rows.length / (width * raster.channels);
    const complete = written[level]! * CHUNK + filled[level]! >= height;
    if (filled[level]! < CHUNK && !complete) return;
    const strip = joined(waiting[level]!);
    waiting[level] = [];
    filled[level] = 0;
    await writeStrip(level, written[level]!++, strip);
    // Strips are of even height but the last, so halves never straddle two of them.
    if (level + 1 < levels.length) await accept(level + 1, halve(strip, width, raster.channels, labels));
  }

  async function writeStrip(level: number, row: number, strip: Samples): Promise<void> {
    const { width } = levels[level]!;
    const jobs: Promise<void>[] = [];
    for (let c = 0; c < raster.channels; c++) {
      const dir = labels
        ? join(folder, `${level}`, "c", `${row}`)
        : join(folder, `${level}`, "c", `${c}`, `${row}`);
      await mkdir(dir, { recursive: true });
      for (let column = 0; column * CHUNK < width; column++) {
        const chunk = chunkOf(strip, width, raster.channels, c, column);
        jobs.push(
          compress(bytesOf(chunk), { level: GZIP_LEVEL }).then((bytes) =>
            writeFile(join(dir, `${column}`), bytes),
          ),
        );
        if (jobs.length >= 64) await Promise.all(jobs.splice(0));
      }
    }
    await Promise.all(jobs);
  }

  for (let y = 0; y < raster.height; y += CHUNK) {
    if (signal?.aborted) throw new ImportError("aborted", "", "Cancelled.");
    const rows = Math.min(CHUNK, raster.height - y);
    const strip = await raster.read(y, rows);
    histograms.forEach((histogram, c) => {
      for (let i = c; i < strip.length; i += raster.channels) histogram[strip[i]!]!++;
    });
    await accept(0, strip);
    onProgress?.((y + rows) / raster.height);
  }
  return { levels, histograms };
}

/** The `zarr.json` of one level, as zarrita writes it. */
async function writeArrayMetadata(
  folder: string,
  { width, height }: LevelSize,
  raster: Raster,
  labels: boolean,
): Promise<void> {
  const memory = new Map<`/${string}`, Uint8Array>();
  await zarr.create(zarr.root(memory), {
    dtype: `uint${raster.depth}`,
    shape: labels ? [height, width] : [raster.channels, height, width],
    chunkShape: labels ? [CHUNK, CHUNK] : [1, CHUNK, CHUNK],
    codecs: [
      { name: "bytes", configuration: { endian: "little" } },
      { name: "gzip", configuration: { level: GZIP_LEVEL } },
    ],
    dimensionNames: labels ? ["y", "x"] : ["c", "y", "x"],
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "zarr.json"), memory.get("/zarr.json")!);
}

function joined(parts: readonly Samples[]): Samples {
  if (parts.length === 1) return parts[0]!;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const out = samplesOf(bitsOf(parts[0]!), length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** One chunk of one channel; what lies beyond the image is 0, as zarr's edge chunks are full size. */
function chunkOf(strip: Samples, width: number, channels: number, channel: number, column: number): Samples {
  const height = strip.length / (width * channels);
  const out = samplesOf(bitsOf(strip), CHUNK * CHUNK);
  const x0 = column * CHUNK;
  const columns = Math.min(CHUNK, width - x0);
  for (let y = 0; y < height; y++) {
    let from = (y * width + x0) * channels + channel;
    const to = y * CHUNK;
    for (let x = 0; x < columns; x++, from += channels) out[to + x] = strip[from]!;
  }
  return out;
}

/** Little-endian bytes: what every machine that runs Node today has in memory. */
function bytesOf(samples: Samples): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
