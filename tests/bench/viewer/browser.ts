import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright";
import { build } from "vite";
import { CHROMIUM_FLAGS, chromiumPath } from "../../chromium.ts";
import type { BenchPage } from "./page/main.ts";
import { type BenchServer, startBenchServer } from "./server.ts";

export interface Arena {
  /** A page with one of the two viewers in it, in a browser of its own: its trace holds nothing else. */
  enter(who: "ours" | "peer"): Promise<Page>;
  close(): Promise<void>;
}

/** The viewer package, built as a page is, in Chromium with software WebGL2. */
export async function createArena(): Promise<Arena> {
  const dist = mkdtempSync(join(tmpdir(), "coscope-bench-"));
  await build({
    root: join(import.meta.dirname, "page"),
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir: dist, emptyOutDir: true, target: "es2024" },
  });
  const server: BenchServer = await startBenchServer(dist);
  const browsers: Browser[] = [];
  return {
    async enter(who) {
      const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_FLAGS] });
      browsers.push(browser);
      const page = await browser.newPage({ viewport: { width: 960, height: 600 } });
      page.on("pageerror", (error) => console.error(`${who}: ${error.stack}`));
      await page.goto(`${server.url}/?${who}`);
      await page.waitForFunction(() => "bench" in window);
      return page;
    },
    async close() {
      for (const browser of browsers) await browser.close();
      await server.close();
      rmSync(dist, { recursive: true });
    },
  };
}

/** Calls a function of the page's `bench`. */
export function ask<Name extends keyof BenchPage>(
  page: Page,
  name: Name,
  ...args: Parameters<BenchPage[Name]>
): Promise<Awaited<ReturnType<BenchPage[Name]>>> {
  return page.evaluate(
    ([fn, given]) => {
      const { bench } = window as unknown as { bench: Record<string, (...args: unknown[]) => unknown> };
      return bench[fn]!(...given) as never;
    },
    [name, args] as [string, unknown[]],
  );
}
