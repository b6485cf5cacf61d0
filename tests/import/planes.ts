import { createHash } from "node:crypto";
import type { ImageSource, TypedArray } from "@coscope/viewer/source";
import { tileGrid } from "@coscope/viewer/source";

/** What tests/fixtures/common.py says of an image. */
export interface Expected {
  readonly dtype: string;
  readonly levels: readonly {
    readonly width: number;
    readonly height: number;
    /** SHA-256 of [y, x] planes, by t, z and c. */
    readonly planes?: readonly (readonly (readonly string[])[])[];
  }[];
  readonly rgb?: boolean;
  readonly name?: string;
  readonly channels?: readonly { readonly name: string; readonly color?: number | null }[];
  readonly calibration?: Readonly<Record<string, unknown>> | null;
  readonly warned?: string;
  /** Levels that the reader adds. */
  readonly computed?: number;
  readonly lossy?: string;
}

/** A whole plane, put together from its tiles. */
export async function readPlane(
  source: ImageSource,
  at: { level: number; z: number; t: number; channel: number },
): Promise<TypedArray> {
  const level = source.levels[at.level]!;
  const { columns, rows } = tileGrid(level);
  let plane: TypedArray | null = null;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const tile = await source.getTile({ ...at, x, y });
      if (!tile) continue;
      if (!plane) {
        const Pixels = tile.data.constructor as new (length: number) => TypedArray;
        plane = new Pixels(level.width * level.height).fill(source.fill);
      }
      for (let row = 0; row < tile.height; row++) {
        const line = tile.data.subarray(row * tile.width, (row + 1) * tile.width);
        plane.set(line, (y * level.tileHeight + row) * level.width + x * level.tileWidth);
      }
    }
  }
  if (!plane) throw new Error(`nothing in ${JSON.stringify(at)}`);
  return plane;
}

export const digest = (plane: TypedArray): string =>
  createHash("sha256")
    .update(new Uint8Array(plane.buffer, plane.byteOffset, plane.byteLength))
    .digest("hex");

/** Digests as in `Expected`, of as many levels as are expected. */
export async function digestsOf(source: ImageSource, expected: Expected): Promise<Expected["levels"]> {
  const levels = [];
  for (let level = 0; level < expected.levels.length; level++) {
    const planes: string[][][] = [];
    for (let t = 0; t < source.sizeT; t++) {
      planes[t] = [];
      for (let z = 0; z < source.sizeZ; z++) {
        planes[t]![z] = [];
        for (let channel = 0; channel < source.channels.length; channel++) {
          planes[t]![z]![channel] = digest(await readPlane(source, { level, z, t, channel }));
        }
      }
    }
    const { width, height } = source.levels[level]!;
    levels.push({ width, height, planes });
  }
  return levels;
}
