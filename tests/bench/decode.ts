import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { build } from "vite";
import { CHROMIUM_FLAGS, chromiumPath } from "../chromium.ts";
import { type Compared, compareDecoders } from "./decode/compare.ts";
import { type Bench, type Metric, quantile } from "./metric.ts";
import { startBenchServer } from "./viewer/server.ts";

async function inPage(rounds: number): Promise<Compared[]> {
  const dist = mkdtempSync(join(tmpdir(), "coscope-bench-"));
  await build({
    root: join(import.meta.dirname, "decode", "page"),
    configFile: false,
    logLevel: "error",
    build: { outDir: dist, emptyOutDir: true, target: "es2024" },
  });
  const server = await startBenchServer(dist);
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_FLAGS] });
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => "compareDecoders" in window);
    return await page.evaluate(
      (n) =>
        (window as unknown as { compareDecoders(rounds: number): Promise<Compared[]> }).compareDecoders(n),
      rounds,
    );
  } finally {
    await browser.close();
    await server.close();
    rmSync(dist, { recursive: true });
  }
}

/**
 * Decoding chunks of 512² × 16 bit as a camera sees them, in a page and in
 * Node: MB/s of pixels on one thread, ours and numcodecs' turn by turn; bytes
 * are compared first. The ratio is the median of the pairs'.
 */
export const bench: Bench = async ({ quick }) => {
  const rounds = quick ? 30 : 150;
  const metrics: Metric[] = [];
  for (const [where, results] of [
    ["page", await inPage(rounds)],
    ["Node", await compareDecoders(rounds)],
  ] as const) {
    for (const { codec, bytes, ours, peer } of results) {
      const speed = (ms: readonly number[]) => Math.round(bytes / 1e3 / quantile(ms, 0.5));
      const ratio = quantile(
        ours.map((ms, i) => peer[i]! / ms),
        0.5,
      );
      metrics.push({
        metric: `${codec} in ${where}`,
        ours: speed(ours),
        peer: speed(peer),
        ratio: Math.round(ratio * 1000) / 1000,
        unit: "MB/s",
      });
    }
  }
  return metrics;
};
