import type { Page } from "playwright";
import { type Bench, lowerIsBetter, type Metric, quantile } from "./metric.ts";
import { ask, createArena } from "./viewer/browser.ts";
import { mainThreadFrames } from "./viewer/trace.ts";

const CONTRAST = [0x4d7dff, 0x2ee66b, 0xff5a5a, 0xffd23f].map((color) => ({
  visible: true,
  min: 300,
  max: 9000,
  gamma: 1,
  color,
}));
/** A new column of tiles every dozen frames: as fast as one drags by hand. */
const PX_PER_FRAME = 40;

/**
 * JavaScript on the page's main thread for each frame while the view moves
 * over a part of the slide that was not seen before. The peer is
 * OpenSeadragon's own WebGL drawer on coloured tiles.
 */
export const bench: Bench = async ({ quick }) => {
  const legs = quick ? 2 : 8;
  const frames = quick ? 60 : 120;
  const arena = await createArena();
  try {
    const samples = { ours: [] as number[], peer: [] as number[] };
    const pages: [keyof typeof samples, Page][] = [
      ["ours", await arena.enter("ours")],
      ["peer", await arena.enter("peer")],
    ];
    const row = (leg: number) => 2000 + leg * 1500;
    const start = (leg: number) => ({ cx: 2000, cy: row(leg), zoom: 1 });
    for (const [, page] of pages) await ask(page, "open", CONTRAST, start(0));
    for (let leg = 0; leg < legs; leg++) {
      for (const [who, page] of pages) {
        await ask(page, "place", start(leg));
        await ask(page, "settled");
        const end = { ...start(leg), cx: 2000 + frames * PX_PER_FRAME };
        const costs = await mainThreadFrames(page, () => ask(page, "pan", start(leg), end, frames));
        // The first frames still hold what set the pan going.
        samples[who].push(...costs.slice(3));
        await ask(page, "settled");
        const middle = await ask(page, "middle");
        if (middle.every((part) => part === 0)) throw new Error(`${who} shows nothing after leg ${leg}`);
      }
    }
    for (const [who] of pages) {
      if (samples[who].length < (legs * frames) / 3)
        throw new Error(`only ${samples[who].length} frames of ${who}`);
    }
    const metric = (name: string, share: number): Metric =>
      lowerIsBetter(
        name,
        rounded(quantile(samples.ours, share)),
        rounded(quantile(samples.peer, share)),
        "ms",
      );
    return [
      metric("main-thread JavaScript per frame while panning, p50", 0.5),
      metric("main-thread JavaScript per frame while panning, p95", 0.95),
      metric("main-thread JavaScript per frame while panning, p99", 0.99),
    ];
  } finally {
    await arena.close();
  }
};

const rounded = (ms: number) => Math.round(ms * 100) / 100;
