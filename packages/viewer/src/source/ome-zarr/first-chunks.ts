import type { ByteStore, ReadOptions } from "../http-store.ts";
import { type AxisOrder, orderAxes } from "./axes.ts";
import type { Multiscale } from "./metadata.ts";

/**
 * Chunks of the coarsest level that are asked for together with the levels'
 * metadata, where their names can be told from the image's alone. That spares
 * a round trip before the first picture; a wrong guess costs a request.
 */
export interface FirstChunks {
  /** `store`, with these chunks served from what is under way. */
  over(store: ByteStore): ByteStore;
  /** Drops what the first view does not need, now that shapes are known. */
  keep(shape: readonly number[], chunkShape: readonly number[]): void;
  /** Drops all: the image cannot be opened. */
  drop(): void;
}

/** Of a chunk or a small shard; one that is larger is left to be read when it is needed. */
const MAX_BYTES = 2 * 2 ** 20;
const MAX_CHANNELS = 4;
const [RED, GREEN, BLUE] = [0xff0000, 0x00ff00, 0x0000ff];

/** Channels whose chunks are surely apart from each other, of those that are shown at first. */
function firstChannels({ channels }: Multiscale, order: AxisOrder): number[] {
  if (order.c === null) return [0];
  const colors = channels.map(({ color }) => color);
  // Colour pictures often have all three in one chunk.
  if (channels.length === 3 && colors.every((color, i) => color === [RED, GREEN, BLUE][i])) return [0];
  const someActive = channels.some(({ active }) => active === true);
  const shown = channels.flatMap(({ active }, i) =>
    someActive ? (active === true ? [i] : []) : i < MAX_CHANNELS ? [i] : [],
  );
  return shown.length > 0 ? shown.slice(0, MAX_CHANNELS) : [0];
}

interface Guess {
  readonly channel: number;
  readonly stop: AbortController;
  readonly bytes: Promise<Uint8Array | undefined>;
}

/** @returns null where nothing can be guessed */
export function guessFirstChunks(
  store: ByteStore,
  image: { zarrFormat: 2 | 3; group: string; multiscale: Multiscale },
  signal: AbortSignal | undefined,
): FirstChunks | null {
  const { multiscale, zarrFormat, group } = image;
  const order = orderAxes(multiscale.axes, multiscale.axes.length);
  // One level only: its chunks are as large as they like, and whether the first of them is seen nobody knows.
  if (!order || multiscale.axes.length === 0 || multiscale.datasets.length < 2) return null;
  const level = [group, multiscale.datasets.at(-1)!.path].filter((part) => part !== "").join("/");
  const guesses = new Map<string, Guess>();
  for (const channel of firstChannels(multiscale, order)) {
    const coords = multiscale.axes.map((_, axis) => (axis === order.c ? channel : 0));
    const key = `/${level}/${zarrFormat === 3 ? "c/" : ""}${coords.join("/")}`;
    const stop = new AbortController();
    signal?.addEventListener("abort", () => stop.abort(), { once: true, signal: stop.signal });
    const bytes = store.get(key, { signal: stop.signal, maxBytes: MAX_BYTES });
    // Whoever needs it asks again.
    guesses.set(key, { channel, stop, bytes: bytes.catch(() => undefined) });
  }

  async function guessed(key: string, options: ReadOptions | undefined): Promise<Uint8Array | undefined> {
    const guess = guesses.get(key);
    if (!guess) return undefined;
    const bytes = await guess.bytes;
    options?.signal?.throwIfAborted();
    if (bytes) options?.onBytes?.();
    else guesses.delete(key);
    return bytes;
  }

  return {
    over: (below) => ({
      locate: (key) => below.locate(key),
      async get(key, options) {
        const bytes = await guessed(key, options);
        guesses.delete(key);
        return bytes ?? below.get(key, options);
      },
      async getRange(key, range, options) {
        const bytes = await guessed(key, options);
        if (!bytes) return below.getRange(key, range, options);
        return "suffixLength" in range
          ? bytes.subarray(Math.max(0, bytes.length - range.suffixLength))
          : bytes.subarray(range.offset, range.offset + range.length);
      },
    }),
    drop() {
      for (const { stop } of guesses.values()) stop.abort();
      guesses.clear();
    },
    keep(shape, chunkShape) {
      const chunkOf = (axis: number | null, position: number) =>
        axis === null ? 0 : Math.floor(position / (chunkShape[axis] ?? 1));
      // The middle plane is shown first.
      const middle = order.z === null ? 0 : Math.floor(((shape[order.z] ?? 1) - 1) / 2);
      for (const [key, { channel, stop }] of guesses) {
        const last = chunkOf(order.c, order.c === null ? 0 : (shape[order.c] ?? 1) - 1);
        if (chunkOf(order.z, middle) === 0 && channel <= last) continue;
        stop.abort();
        guesses.delete(key);
      }
    },
  };
}
