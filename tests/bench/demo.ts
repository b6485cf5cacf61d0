import { createHash } from "node:crypto";
import { ChunkRenderer } from "@coscope/sync-server/demo/render-chunk.ts";
import { type Bench, lowerIsBetter, type Metric, quantile } from "./metric.ts";

/** What the median of 512 × 512 chunks of one channel may take; a figure to hold, not a peer's. */
const ALLOWED_MS = 40;
const LEVELS = 8;
const CHANNELS = 4;

/** Processor time of this thread in milliseconds: other programs on the machine don't count. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/**
 * Processor time for one chunk of the demo slide, per level, all four channels
 * of places spread over the tissue. No other program makes this slide, so there
 * is no peer.
 */
export const bench: Bench = async ({ quick }) => {
  const renderer = new ChunkRenderer();
  const places = quick ? 6 : 24;
  const metrics: Metric[] = [];
  const digests = new Map<string, string>();
  for (let level = 0; level < LEVELS; level++) {
    const chunks = 128 >> level;
    const times: number[] = [];
    // The first place only warms the compiler up.
    for (let n = -1; n < Math.min(places, chunks * chunks); n++) {
      const y = Math.floor((0.15 + 0.65 * ((n * 0.618 + 1) % 1)) * chunks);
      const x = Math.floor((0.08 + 0.84 * ((n * 0.414 + 1) % 1)) * chunks);
      for (let channel = 0; channel < CHANNELS; channel++) {
        const start = threadMs();
        const pixels = renderer.render({ kind: "image", level, channel, y, x });
        if (n >= 0) times.push(threadMs() - start);
        if (n === 0) digests.set(`${level}/${channel}/${y}/${x}`, digest(pixels));
      }
    }
    metrics.push(
      lowerIsBetter(`chunk-level-${level}, median (at most ${ALLOWED_MS})`, quantile(times, 0.5), null, "ms"),
    );
  }
  const again = new ChunkRenderer();
  for (const [key, expected] of digests) {
    const [level, channel, y, x] = key.split("/").map(Number) as [number, number, number, number];
    const found = digest(again.render({ kind: "image", level, channel, y, x }));
    if (found !== expected) throw new Error(`chunk ${key} is not the same when it is computed again`);
  }
  return metrics;
};

function digest(pixels: Uint16Array | Uint32Array): string {
  return createHash("sha256")
    .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
    .digest("hex");
}
