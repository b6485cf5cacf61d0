import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { startServer } from "../../apps/sync-server/src/server.ts";
import { buildWeb, webDist } from "./build-web.mjs";
import { ensureChromium } from "./chromium.mjs";
import { root } from "./paths.mjs";

const sharp = createRequire(join(root, "apps/sync-server/package.json"))("sharp");

const IN_FRONT_OR_NOT = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** A server with empty data and a browser, for pictures of the page. */
export async function createStage() {
  buildWeb();
  const dataDir = mkdtempSync(join(tmpdir(), "coscope-shot-"));
  const server = await startServer({
    port: 0,
    host: "127.0.0.1",
    dataDir,
    imageDirs: [],
    webDir: webDist,
    proxyAllow: [],
    open: false,
    logLevel: "error",
  });
  const browser = await chromium.launch({
    executablePath: ensureChromium().path,
    args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", ...IN_FRONT_OR_NOT],
  });
  return {
    /** Somebody at a place of the demo slide: { cx, cy } image px, zoom CSS px per image px. */
    async enter(name, color, { cx, cy, zoom }, viewport) {
      const context = await browser.newContext({ viewport, colorScheme: "dark" });
      const headers = { origin: server.url };
      await context.request.post(`${server.url}/api/sessions/guest`, { data: { name, color }, headers });
      const page = await context.newPage();
      await page.goto(`${server.url}/#image=demo&at=${cx},${cy},${zoom}`);
      await page.waitForFunction(() => globalThis.__coscope?.viewer());
      await page.evaluate(() => globalThis.__coscope.viewer().whenReady());
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Where a point of the image is on the page, px. */
export const onPage = (page, x, y) =>
  page.evaluate(
    ([px, py]) => {
      const { x: sx, y: sy } = globalThis.__coscope.viewer().imageToScreen({ x: px, y: py });
      const { left, top } = document.querySelector("canvas").getBoundingClientRect();
      return [sx + left, sy + top];
    },
    [x, y],
  );

/** What the page shows, as docs/images/NAME.webp. */
export async function photograph(page, name, quality = 82) {
  await sharp(await page.screenshot())
    .webp({ quality })
    .toFile(join(root, "docs", "images", `${name}.webp`));
}
