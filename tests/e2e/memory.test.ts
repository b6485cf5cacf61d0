// Ten minutes of looking around must not make the browser larger and larger.
import { readFileSync } from "node:fs";
import type { Browser } from "playwright";
import { expect, test } from "vitest";
import { ask, createArena } from "../bench/viewer/browser.ts";
import { SLIDE } from "../bench/viewer/slide.ts";

/** Fewer to try the test itself. */
const MINUTES = Number(process.env.COSCOPE_MEMORY_MINUTES ?? 10);
const PAGE_BYTES = 4096;
const CHANNELS = [0x4d7dff, 0x2ee66b, 0xff5a5a, 0xffd23f].map((color) => ({
  visible: true,
  min: 0,
  max: 8190,
  gamma: 1,
  color,
}));

/** Resident memory of the browser's renderer and GPU processes, MiB. */
async function residentOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = (await session.send("SystemInfo.getProcessInfo")) as {
    processInfo: { type: string; id: number }[];
  };
  await session.detach();
  let pages = 0;
  for (const { type, id } of processInfo) {
    if (!/renderer|gpu/i.test(type)) continue;
    pages += Number(readFileSync(`/proc/${id}/statm`, "utf8").split(" ")[1]);
  }
  return (pages * PAGE_BYTES) / 2 ** 20;
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

test.skipIf(!process.env.COSCOPE_FULL)(
  "memory is flat over ten minutes of panning and zooming (full)",
  { timeout: (MINUTES + 5) * 60_000, retry: 0 },
  async () => {
    const arena = await createArena();
    try {
      const page = await arena.enter("ours");
      const browser = page.context().browser()!;
      const session = await page.context().newCDPSession(page);
      const home = { cx: SLIDE.size / 2, cy: SLIDE.size / 2, zoom: 0.02 };
      await ask(page, "open", CHANNELS, home);
      let state = 1;
      const random = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      };
      const place = () => ({ cx: random() * SLIDE.size, cy: random() * SLIDE.size });
      const samples: { heap: number; resident: number }[] = [];
      const begun = Date.now();
      for (let next = begun + 15_000; Date.now() - begun < MINUTES * 60_000; ) {
        const zoom = 2 ** (random() * 6 - 5);
        const from = place();
        const to = { cx: from.cx + 2000 * (random() - 0.5), cy: from.cy + 2000 * (random() - 0.5) };
        await ask(page, "pan", { ...from, zoom }, { ...to, zoom }, 30);
        if (Date.now() < next) continue;
        next = Date.now() + 15_000;
        await session.send("HeapProfiler.collectGarbage");
        const { usedSize } = (await session.send("Runtime.getHeapUsage")) as { usedSize: number };
        samples.push({ heap: usedSize / 2 ** 20, resident: await residentOf(browser) });
      }
      // Caches fill in the first fifth; from there on nothing may add up.
      const share = Math.floor(samples.length / 5);
      const [early, late] = [samples.slice(share, 2 * share), samples.slice(-share)];
      const of = (part: typeof samples, key: "heap" | "resident") =>
        Math.round(median(part.map((sample) => sample[key])));
      const figures = {
        samples: samples.length,
        heap: [of(early, "heap"), of(late, "heap")],
        resident: [of(early, "resident"), of(late, "resident")],
      };
      console.info(`memory in MiB, early and late: ${JSON.stringify(figures)}`);
      expect(of(late, "heap"), JSON.stringify(samples)).toBeLessThan(of(early, "heap") * 1.15 + 16);
      expect(of(late, "resident"), JSON.stringify(samples)).toBeLessThan(of(early, "resident") * 1.15 + 64);
    } finally {
      await arena.close();
    }
  },
);
