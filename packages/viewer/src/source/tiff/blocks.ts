import { abortedError } from "../../errors.ts";
import { ByteCache } from "../byte-cache.ts";
import { type DecodeImage, findImageDecoder } from "../pictures/decoder.ts";
import type { RemoteFile, RemoteFileOptions } from "../remote-file.ts";
import { SharedRequests } from "../shared-requests.ts";
import { type DecodedBlock, decodeBlock, unpackedBytes } from "./decode.ts";
import { asSourceError, damaged } from "./errors.ts";
import type { PlaneRef, TiffLevel } from "./levels.ts";
import type { TiffManifest } from "./manifest.ts";
import { COMPRESSION, pageAt, placeOf, type TiffPage } from "./page.ts";

const BLOCK_CACHE_BYTES = 96 * 2 ** 20;
/** Strips this close together are fetched at once. */
const GAP_BYTES = 32 * 2 ** 10;
/** Strips fetched at once, packed. */
const RUN_BYTES = 8 * 2 ** 20;

export interface TiffSourceOptions extends RemoteFileOptions {
  /** Decodes JPEG tiles; without it the platform's decoder, or else a slow one in JavaScript. */
  readonly decodeImage?: DecodeImage;
  readonly onDecode?: () => void;
}

/** Reads the tiles or strips of a file, those that lie near each other at once. */
export interface BlockReader {
  /** Decoded blocks of a plane, by index in its grid; null where a sparse file has none. */
  blocks(
    level: number,
    plane: PlaneRef,
    sample: number,
    indices: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<Map<number, DecodedBlock | null>>;
}

export function createBlockReader(
  manifest: TiffManifest,
  file: RemoteFile,
  options: TiffSourceOptions,
): BlockReader {
  const { header } = manifest;
  const decodeImage = findImageDecoder(options.decodeImage);
  const { url } = manifest.file;
  const cache = new ByteCache<DecodedBlock | null>(BLOCK_CACHE_BYTES);
  const shared = new SharedRequests<Map<number, DecodedBlock | null>>();
  const pages = new Map<number, Promise<TiffPage>>();

  /** The directory of a plane; the first plane's is in the manifest, and fits those that ImageJ does not describe. */
  async function pageOf(level: TiffLevel, plane: PlaneRef): Promise<TiffPage> {
    if (level.planes.find((ref) => ref !== null)?.at === plane.at) return level.page;
    let page = pages.get(plane.at);
    if (!page) {
      page = pageAt(file, header, plane.at);
      page.catch(() => pages.delete(plane.at));
      // Thousands of planes are looked at in turn: keep the directories of the latest.
      if (pages.size > 512) pages.delete(pages.keys().next().value!);
      pages.set(plane.at, page);
    }
    const { width, height, dtype, channels } = level.page;
    const found = await page;
    if (
      found.width !== width ||
      found.height !== height ||
      found.dtype !== dtype ||
      found.channels !== channels
    ) {
      throw damaged(
        url,
        `planes of ${width} × ${height}, ${dtype}`,
        `one of ${found.width} × ${found.height}, ${found.dtype}`,
      );
    }
    return found;
  }

  const rowsOf = (page: TiffPage, row: number) =>
    page.tiled ? page.blockHeight : Math.min(page.blockHeight, page.height - row * page.blockHeight);

  async function locate(page: TiffPage, shift: number, index: number, sample: number, signal: AbortSignal) {
    const rows = rowsOf(page, Math.floor(index / page.columns));
    const length = unpackedBytes(page, rows);
    if (page.split) {
      const rowBytes = length / rows;
      const place = await placeOf(file, header, page, sample, signal);
      return { index, rows, offset: place.offset + shift + index * page.blockHeight * rowBytes, length };
    }
    const stored = index + sample * page.columns * page.rows;
    const place = await placeOf(file, header, page, stored, signal);
    // What is packed may grow a little, never to a multiple.
    const most = page.compression === COMPRESSION.none ? length : 2 * length + 2 ** 16;
    if (place.length > most) {
      throw damaged(url, `a tile or strip of at most ${most} bytes`, `${place.length}`);
    }
    return { index, rows, offset: place.offset + shift, length: place.length };
  }

  async function read(
    page: TiffPage,
    shift: number,
    sample: number,
    indices: readonly number[],
    signal: AbortSignal,
  ): Promise<Map<number, DecodedBlock | null>> {
    const places = await Promise.all(indices.map((index) => locate(page, shift, index, sample, signal)));
    const blocks = new Map<number, DecodedBlock | null>();
    // Sparse files leave the place of an empty tile at zero.
    for (const { index, offset, length } of places) {
      if (offset === 0 || length === 0) blocks.set(index, null);
    }
    const present = places.filter(({ index }) => !blocks.has(index)).sort((a, b) => a.offset - b.offset);
    const runs: (typeof present)[] = [];
    for (const place of present) {
      const run = runs.at(-1);
      const last = run?.at(-1);
      const near =
        run &&
        last &&
        place.offset - (last.offset + last.length) <= GAP_BYTES &&
        place.offset + place.length - run[0]!.offset <= RUN_BYTES;
      if (near) run.push(place);
      else runs.push([place]);
    }
    await Promise.all(
      runs.map(async (run) => {
        const start = run[0]!.offset;
        const end = Math.max(...run.map(({ offset, length }) => offset + length));
        const bytes = await file.read(start, end - start, signal);
        for (const { index, rows, offset, length } of run) {
          const packed = bytes.subarray(offset - start, offset - start + length);
          try {
            blocks.set(index, await decodeBlock(packed, page, rows, header.littleEndian, decodeImage));
          } catch (cause) {
            throw asSourceError(`${url} (tile ${index})`, "a whole tile or strip", cause);
          }
          options.onDecode?.();
          if (signal.aborted) throw abortedError(url);
        }
      }),
    );
    return blocks;
  }

  return {
    async blocks(level, plane, sample, indices, signal) {
      const page = await pageOf(manifest.levels[level]!, plane);
      const apart = page.blockSamples < page.samples ? sample : 0;
      const prefix = `${plane.at}+${plane.shift}:${apart}:`;
      const found = new Map<number, DecodedBlock | null>();
      const missing: number[] = [];
      for (const index of indices) {
        const kept = cache.get(prefix + index);
        if (kept === undefined) missing.push(index);
        else found.set(index, kept);
      }
      if (missing.length === 0) return found;
      const key = `${prefix}${missing[0]}-${missing.at(-1)}/${missing.length}`;
      const read_ = await shared.get(key, signal, (own) => read(page, plane.shift, apart, missing, own));
      for (const [index, block] of read_) {
        found.set(index, block);
        cache.set(prefix + index, block, 200 + (block?.data.byteLength ?? 0));
      }
      return found;
    },
  };
}
