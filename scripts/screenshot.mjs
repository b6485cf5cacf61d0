// Takes docs/images/workspace.webp anew: two people draw on the demo slide, with a pointer's gestures.
// Run with Node >= 22.18 after `npm test` has set things up: node scripts/screenshot.mjs
import { demoNuclei } from "../apps/sync-server/src/demo/index.ts";
import { createStage, onPage, photograph } from "./lib/stage.mjs";

const VIEW = { cx: 29_720, cy: 22_020, zoom: 2 };
const SIZE = { width: 1440, height: 900 };
const VERTICES = 11;

async function outline(page, nucleus, count = VERTICES) {
  await page.keyboard.press("p");
  const step = nucleus.outline.length / 2 / VERTICES;
  for (let i = 0; i < count; i++) {
    const at = 2 * Math.floor(i * step);
    await page.mouse.click(...(await onPage(page, nucleus.outline[at], nucleus.outline[at + 1])));
  }
  if (count === VERTICES) await page.keyboard.press("Enter");
}

const stage = await createStage();
try {
  const maria = await stage.enter("Maria", "#cc79a7", VIEW, SIZE);
  const jonas = await stage.enter("Jonas", "#e69f00", VIEW, SIZE);
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
  await photograph(maria, "workspace", 88);
} finally {
  await stage.close();
}
