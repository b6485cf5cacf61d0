// Takes docs/images/masks-*.webp anew: a click, a correction, what is kept, everything in view; on the demo slide.
// Run with Node >= 22.18 after `npm test` has set things up: node scripts/screenshot-masks.mjs
import { createStage, onPage, photograph } from "./lib/stage.mjs";

const VIEW = { cx: 29_720, cy: 22_020, zoom: 3 };
const WIDE = { cx: 29_720, cy: 22_020, zoom: 2 };
const SIZE = { width: 1240, height: 700 };
const PATIENCE = { timeout: 180_000 };

/** Nuclei that one click outlines, one after the other; and one whose first outline is corrected. */
const PLAIN = [
  [29_722, 21_995],
  [29_653, 22_035],
  [29_687, 22_029],
  [29_623, 21_992],
  [29_607, 22_028],
];
const FIRST = [29_765, 21_978];
const CORRECTED = { click: [29_814, 22_045], also: [29_812, 22_033], not: [29_800, 22_062] };

const stage = await createStage();
try {
  const page = await stage.enter("Maria", "#cc79a7", VIEW, SIZE);
  const canvas = page.locator(".canvas");
  const press = async (key) => {
    await canvas.focus();
    await page.keyboard.press(key);
  };
  const click = async ([x, y], alt = false) => {
    if (alt) await page.keyboard.down("Alt");
    await page.mouse.click(...(await onPage(page, x, y)));
    if (alt) await page.keyboard.up("Alt");
  };
  const until = (condition, arg) => page.waitForFunction(condition, arg, PATIENCE);
  const answered = () =>
    until(() => {
      const { candidates, status } = globalThis.__coscope.workspace.prompting.get().state.get();
      return candidates > 0 && status.kind === "idle";
    });
  const kept = (count) => until((n) => globalThis.__coscope.annotations().length === n, count);
  const settled = async () => {
    await page.evaluate(() => globalThis.__coscope.viewer().whenIdle());
    // Notices and tips fade.
    await page.waitForTimeout(1500);
  };

  await page.getByLabel("First steps").getByRole("button").last().click();
  await press("1");
  await press("s");
  await until(() => globalThis.__coscope.workspace.prompting.get() !== null);

  await click(FIRST);
  await answered();
  await settled();
  await photograph(page, "masks-click");
  await press("Enter");
  await kept(1);

  for (const [i, at] of PLAIN.entries()) {
    await click(at);
    await answered();
    await press("Enter");
    await kept(i + 2);
  }
  await click(CORRECTED.click);
  await answered();
  await settled();
  for (const [at, alt] of [
    [CORRECTED.also, false],
    [CORRECTED.not, true],
  ]) {
    await click(at, alt);
    await page.waitForTimeout(1000);
    await answered();
  }
  await settled();
  await photograph(page, "masks-correct");
  await press("Enter");
  await kept(PLAIN.length + 2);
  await settled();
  await photograph(page, "masks-keep");

  await press("Escape");
  await page.evaluate((to) => {
    const viewer = globalThis.__coscope.viewer();
    viewer.setCamera({ ...viewer.camera(), ...to });
    return viewer.whenIdle();
  }, WIDE);
  await press("Shift+S");
  await until(() => globalThis.__coscope.workspace.prompting.get().state.get().region?.kind === "review");
  await settled();
  await photograph(page, "masks-everything", 76);
} finally {
  await stage.close();
}
