// Takes docs/images/workspace.webp anew: two people draw on the demo slide, with a pointer's gestures.
// Run with Node >= 22.18 after `npm test` has set things up: node scripts/screenshot.mjs
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { demoNuclei } from "../apps/sync-server/src/demo/index.ts";
import { startServer } from "../apps/sync-server/src/server.ts";
import { buildWeb, webDist } from "./lib/build-web.mjs";
import { ensureChromium } from "./lib/chromium.mjs";
import { root } from "./lib/paths.mjs";

const sharp = createRequire(join(root, "apps/sync-server/package.json"))("sharp");

const VIEW = { cx: 29_720, cy: 22_020, zoom: 2 };
const SIZE = { width: 1440, height: 900 };
const VERTICES = 11;

buildWeb();
const dataDir = mkdtempSync(join(tmpdir(), "coscope-shot-"));
const server = await startServer({
  port: 0,
  host: "127.0.0.1",
  dataDir,
  imageDirs: [],
  webDir: webDist,
  open: false,
  logLevel: "error",
});
const browser = await chromium.launch({
  executablePath: ensureChromium().path,
  args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});

async function enter(name, color) {
  const context = await browser.newContext({ viewport: SIZE, colorScheme: "dark" });
  const headers = { origin: server.url };
  await context.request.post(`${server.url}/api/sessions/guest`, { data: { name, color }, headers });
  const page = await context.newPage();
  await page.goto(`${server.url}/#image=demo&at=${VIEW.cx},${VIEW.cy},${VIEW.zoom}`);
  await page.waitForFunction(() => globalThis.__coscope?.viewer());
  await page.evaluate(() => globalThis.__coscope.viewer().whenReady());
  return page;
}

/** Where a point of the image is on the page, px. */
const onPage = (page, x, y) =>
  page.evaluate(
    ([px, py]) => {
      const { x: sx, y: sy } = globalThis.__coscope.viewer().imageToScreen({ x: px, y: py });
      const { left, top } = document.querySelector("canvas").getBoundingClientRect();
      return [sx + left, sy + top];
    },
    [x, y],
  );

async function outline(page, nucleus, count = VERTICES) {
  await page.keyboard.press("p");
  const step = nucleus.outline.length / 2 / VERTICES;
  for (let i = 0; i < count; i++) {
    const at = 2 * Math.floor(i * step);
    await page.mouse.click(...(await onPage(page, nucleus.outline[at], nucleus.outline[at + 1])));
  }
  if (count === VERTICES) await page.keyboard.press("Enter");
}

try {
  const maria = await enter("Maria", "#cc79a7");
  const jonas = await enter("Jonas", "#e69f00");
  const box = { minX: VIEW.cx - 220, maxX: VIEW.cx + 190, minY: VIEW.cy - 170, maxY: VIEW.cy + 120 };
  const nuclei = demoNuclei()
    .nucleiIn(box)
    .filter(({ cell }) => cell === "tumour");
  const mine = nuclei.filter((_, i) => i % 3 === 0).slice(0, 9);
  await maria.keyboard.press("1");
  for (const nucleus of mine) await outline(maria, nucleus);
  await jonas.keyboard.press("3");
  await outline(jonas, nuclei[2]);
  await outline(jonas, nuclei[7], 7);
  await maria.keyboard.press("v");
  await maria.mouse.click(...(await onPage(maria, mine[4].x, mine[4].y)));
  await maria.getByRole("tab", { name: "Channels" }).click();
  await maria.waitForTimeout(4000);
  const shot = await maria.screenshot();
  await sharp(shot)
    .webp({ quality: 88 })
    .toFile(join(root, "docs", "images", "workspace.webp"));
} finally {
  await browser.close();
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
}
