import { appendFile, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Chunks a side of a shard: 8 × 8 chunks of 512 × 512 px are one file. */
export const SHARD = 8;
/** Planes of a level with more chunks than this are written in shards: a slide of 100,000 × 100,000 px is else 150,000 files. */
export const SHARD_FROM = 256;

/** The compressed chunks of one level, as files. `prefix`: indices of the axes before y and x. */
export interface ChunkFiles {
  put(prefix: readonly number[], y: number, x: number, packed: Uint8Array): Promise<void>;
  /** Null where nothing was put. */
  get(prefix: readonly number[], y: number, x: number): Promise<Uint8Array | null>;
  /** After the last `put`, once. */
  finish(): Promise<void>;
}

const KNOWN_FOLDERS = 10_000;

/** Makes each folder once. */
function folderMaker(): (path: string) => Promise<void> {
  const made = new Set<string>();
  return async (path) => {
    const dir = dirname(path);
    if (made.has(dir)) return;
    await mkdir(dir, { recursive: true });
    if (made.size > KNOWN_FOLDERS) made.clear();
    made.add(dir);
  };
}

/** A file for each chunk: `<folder>/c/<prefix…>/<y>/<x>`. */
export function looseFiles(folder: string): ChunkFiles {
  const folderOf = folderMaker();
  const pathOf = (prefix: readonly number[], y: number, x: number) =>
    join(folder, "c", ...[...prefix, y, x].map(String));
  return {
    async put(prefix, y, x, packed) {
      const path = pathOf(prefix, y, x);
      await folderOf(path);
      await writeFile(path, packed);
    },
    get: (prefix, y, x) =>
      readFile(pathOf(prefix, y, x)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return null;
        throw error;
      }),
    finish: async () => {},
  };
}

interface Shard {
  readonly path: string;
  /** Offset and length of each chunk, row by row; length 0 where there is none. */
  readonly places: Float64Array;
  size: number;
  /** Chunks are appended one after another. */
  tail: Promise<void>;
}

const INSIDE = SHARD * SHARD;

/**
 * A file for 8 × 8 chunks, zarr's `sharding_indexed`: chunks in the order in which they come, then the index (offset and length, u64
 * little-endian, all ones where there is none) and its CRC-32C. 1 KiB of memory a shard.
 */
export function shardFiles(folder: string): ChunkFiles {
  const folderOf = folderMaker();
  const shards = new Map<string, Shard>();
  const keyOf = (prefix: readonly number[], y: number, x: number) =>
    join("c", ...[...prefix, Math.floor(y / SHARD), Math.floor(x / SHARD)].map(String));
  const within = (y: number, x: number) => 2 * ((y % SHARD) * SHARD + (x % SHARD));
  return {
    put(prefix, y, x, packed) {
      const key = keyOf(prefix, y, x);
      let shard = shards.get(key);
      if (!shard) {
        const path = join(folder, key);
        shard = { path, places: new Float64Array(2 * INSIDE), size: 0, tail: folderOf(path) };
        shards.set(key, shard);
      }
      shard.places.set([shard.size, packed.length], within(y, x));
      shard.size += packed.length;
      const { path } = shard;
      shard.tail = shard.tail.then(() => appendFile(path, packed));
      return shard.tail;
    },
    async get(prefix, y, x) {
      const shard = shards.get(keyOf(prefix, y, x));
      const [offset = 0, length = 0] = shard?.places.subarray(within(y, x)) ?? [];
      if (!shard || length === 0) return null;
      const file = await open(shard.path);
      try {
        const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
        if (bytesRead !== length) throw new Error(`${shard.path} ends early`);
        return buffer;
      } finally {
        await file.close();
      }
    },
    async finish() {
      for (const { path, places, tail } of shards.values()) {
        await tail;
        await appendFile(path, indexOf(places));
      }
    },
  };
}

const NOTHING = 2n ** 64n - 1n;

function indexOf(places: Float64Array): Uint8Array {
  const bytes = new Uint8Array(16 * INSIDE + 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < INSIDE; i++) {
    const [offset = 0, length = 0] = places.subarray(2 * i);
    view.setBigUint64(16 * i, length === 0 ? NOTHING : BigInt(offset), true);
    view.setBigUint64(16 * i + 8, length === 0 ? NOTHING : BigInt(length), true);
  }
  view.setUint32(16 * INSIDE, crc32c(bytes.subarray(0, 16 * INSIDE)), true);
  return bytes;
}

/** Castagnoli's polynomial, reflected. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C (RFC 3720). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
