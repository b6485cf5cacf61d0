import type { ImageSource } from "@coscope/viewer/source";
import { levelFor, planTiles, resolutionText, type TileTask } from "./intensity-plan.ts";
import type { SumsReply, SumsRequest } from "./intensity-shared.ts";
import type { Sum } from "./pixels-inside.ts";
import type { ObjectRow } from "./rows.ts";

/** Tiles on their way at once: the picture itself comes first. */
const AT_ONCE = 4;

/** Adds up pixels somewhere else than on the page's thread. What is asked for rejects where it stops, or is ended. */
export interface Adder {
  add(request: Omit<SumsRequest, "id">): Promise<readonly Sum[]>;
  destroy(): void;
}

export interface Intensities {
  /** Mean of the channel's values inside; null where it has not been measured, or there are no pixels. */
  mean(row: ObjectRow, channel: number): number | null;
  /** It has been measured, or there is nothing to measure. */
  known(row: ObjectRow, channel: number): boolean;
  /** Of the level that the row is, or would be, measured on. */
  resolution(row: ObjectRow): string;
  /**
   * Measures what is not known yet. False when it was called off. Rejects with SourceError where pixels cannot be
   * read; what was read by then is kept.
   */
  measure(
    rows: readonly ObjectRow[],
    channels: readonly number[],
    options?: { signal?: AbortSignal; onProgress?: (done: number, of: number) => void },
  ): Promise<boolean>;
  destroy(): void;
}

/** `plane`: where shapes that lie on all planes are measured. */
export function createIntensities(
  source: ImageSource,
  plane: () => { readonly z: number; readonly t: number },
  adder: Adder = createWorkerAdder(),
): Intensities {
  /** By outline, plane and channel: an outline that changes is another one. */
  const means = new Map<string, number | null>();

  function keyOf({ id, annotation: { stamps, geometry } }: ObjectRow, channel: number): string {
    const all = geometry.plane.z === "all" || geometry.plane.t === "all";
    const where = all ? `${plane().z}/${plane().t}` : "";
    return `${id}/${stamps.geometry}/${where}/${channel}`;
  }

  async function sumsOf(task: TileTask, channel: number, signal?: AbortSignal) {
    const { level, x, y, z, t } = task;
    const info = source.levels[level]!;
    const tile = await source.getTile({ level, x, y, z, t, channel, ...(signal && { signal }) });
    const width = Math.min(info.tileWidth, info.width - x * info.tileWidth);
    const height = Math.min(info.tileHeight, info.height - y * info.tileHeight);
    // A tile that the image leaves out is all of its fill value, which is 0.
    const pixels = tile ?? { width, height, data: new Uint8Array(width * height) };
    return adder.add({
      block: { left: x * info.tileWidth, top: y * info.tileHeight, ...pixels },
      downsample: { x: info.downsampleX, y: info.downsampleY },
      geometries: task.rows.map(({ annotation }) => annotation.geometry),
    });
  }

  async function measureChannel(
    rows: readonly ObjectRow[],
    channel: number,
    step: (done: number, of: number) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const unknown = rows.filter((row) => !means.has(keyOf(row, channel)));
    const tasks = planTiles(unknown, source, plane());
    const reached = new Set(tasks.flatMap((task) => task.rows));
    // Beside the image there are no pixels.
    for (const row of unknown) if (!reached.has(row)) means.set(keyOf(row, channel), null);
    const open = new Map<ObjectRow, { sum: number; count: number; tiles: number }>();
    for (const task of tasks) {
      for (const row of task.rows) {
        const total = open.get(row);
        if (total) total.tiles++;
        else open.set(row, { sum: 0, count: 0, tiles: 1 });
      }
    }
    let next = 0;
    let done = 0;
    const lane = async () => {
      while (next < tasks.length && !signal?.aborted) {
        const task = tasks[next++]!;
        const sums = await sumsOf(task, channel, signal);
        task.rows.forEach((row, i) => {
          const total = open.get(row)!;
          total.sum += sums[i]!.sum;
          total.count += sums[i]!.count;
          if (--total.tiles > 0) return;
          means.set(keyOf(row, channel), total.count === 0 ? null : total.sum / total.count);
        });
        step(++done, tasks.length);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  return {
    known: (row, channel) => row.annotation.geometry.kind === "polyline" || means.has(keyOf(row, channel)),
    mean: (row, channel) => means.get(keyOf(row, channel)) ?? null,
    resolution: ({ annotation }) => resolutionText(source.levels[levelFor(source.levels, annotation.bounds)]),
    async measure(rows, channels, { signal, onProgress } = {}) {
      try {
        for (const [i, channel] of channels.entries()) {
          const step = (done: number, of: number) =>
            onProgress?.(Math.round(((i + done / of) / channels.length) * 1000), 1000);
          await measureChannel(rows, channel, step, signal);
        }
      } catch (error) {
        if (signal?.aborted) return false;
        throw error;
      }
      return !signal?.aborted;
    },
    destroy: () => adder.destroy(),
  };
}

function createWorkerAdder(): Adder {
  const worker = new Worker(new URL("./intensity-worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<number, PromiseWithResolvers<readonly Sum[]>>();
  let last = 0;
  let failure: Error | null = null;
  worker.onmessage = ({ data: { id, sums } }: MessageEvent<SumsReply>) => {
    waiting.get(id)?.resolve(sums);
    waiting.delete(id);
  };
  function fail(text: string): void {
    failure = new Error(text);
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  }
  worker.onerror = ({ message }) => fail(`The pixels could not be added up: ${message}`);
  return {
    add(request) {
      if (failure) return Promise.reject(failure);
      const asked = Promise.withResolvers<readonly Sum[]>();
      const id = ++last;
      waiting.set(id, asked);
      worker.postMessage({ id, ...request } satisfies SumsRequest);
      return asked.promise;
    },
    destroy() {
      worker.terminate();
      fail("Nobody asks any more.");
    },
  };
}
