import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld, type Person, PLACE, type World } from "./harness.ts";

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.join("Ada");
});

afterAll(() => world?.close());

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await ada.page.keyboard.press(key);
}

async function repeat(key: string, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) await ada.page.keyboard.press(key);
}

async function newest() {
  const all = await ada.annotations();
  return all.toSorted((a, b) => a.created - b.created).at(-1)!;
}

test("a point, a rectangle and a polygon without a mouse", async () => {
  await ada.page.locator(".canvas").focus();
  await press(".", "Enter");
  await repeat("ArrowRight", 3);
  await press("Enter");
  const point = (await newest()).geometry as { kind: string; x: number; y: number };
  expect(point.kind).toBe("point");
  expect(point.x).toBeCloseTo(PLACE.cx + 30, -1);

  await press("Escape", "r", "Enter", "Enter");
  await repeat("ArrowRight", 5);
  await repeat("ArrowDown", 3);
  await press("Enter");
  // The tool's code may still have been on its way.
  await expect.poll(async () => (await newest()).geometry.kind).toBe("rectangle");
  const box = (await newest()).bounds;
  expect(box.maxX - box.minX).toBeCloseTo(50, 0);
  expect(box.maxY - box.minY).toBeCloseTo(30, 0);

  await press("Escape", "p", "Enter", "Enter");
  await repeat("ArrowRight", 6);
  await press("Enter");
  await repeat("ArrowUp", 4);
  // Twice at the same place closes, as a double-click does.
  await press("Enter", "Enter");
  await expect.poll(async () => (await newest()).geometry.kind).toBe("polygon");
  const polygon = (await newest()).geometry;
  expect(polygon).toMatchObject({ kind: "polygon", parts: [[{ length: 6 }]] });
  expect(await ada.page.getByRole("status").allTextContents()).toContainEqual(
    expect.stringMatching(/Polygon added/),
  );
});

test("select, nudge, undo, redo and remove", async () => {
  await press("Escape", "Escape", "v", "Control+a");
  // What selecting all needs may still have been on its way.
  await expect.poll(() => ada.page.evaluate(() => window.__coscope!.workspace.selection.get().size)).toBe(3);
  const before = (await newest()).bounds.minX;
  await press("Shift+ArrowRight");
  expect((await newest()).bounds.minX).toBe(before + 2);
  await press("Control+z");
  expect((await newest()).bounds.minX).toBe(before);
  await press("Control+y");
  expect((await newest()).bounds.minX).toBe(before + 2);
  await press("Delete");
  expect(await ada.annotations()).toEqual([]);
  await press("Control+z");
  expect(await ada.annotations()).toHaveLength(3);
});

test("undo in the middle of an outline takes back its last corner, then the outline, and no earlier shape", async () => {
  await press("Escape", "Escape", "p", "Enter", "Enter");
  await repeat("ArrowRight", 6);
  await press("Enter", "Control+z", "Control+z");
  const busy = () => ada.page.getByText(/Click: next corner|place the next corner/).count();
  await expect.poll(busy).toBe(0);
  expect(await ada.annotations()).toHaveLength(3);
  await press("Escape", "v");
});

test("arrows go where they point, and the crosshair takes the picture along at the edge", async () => {
  const camera = () => ada.page.evaluate(() => window.__coscope!.viewer()!.camera());
  const before = await camera();
  await press("ArrowRight", "ArrowDown");
  await expect.poll(async () => (await camera()).cx - before.cx).toBeCloseTo(80, 0);
  await expect.poll(async () => (await camera()).cy - before.cy).toBeCloseTo(80, 0);

  const start = await camera();
  await press("r", "Enter", "Enter");
  await repeat("ArrowRight", 60);
  await press("ArrowDown", "Enter");
  const { bounds } = await newest();
  expect(bounds.maxX - bounds.minX).toBeCloseTo(600, -1);
  await expect.poll(async () => (await camera()).cx).toBeGreaterThan(start.cx + 100);
  await press("Escape", "Control+z", "v");
});

test("digits choose classes, Alt with digits channels, H peeks, zoom and home move the view", async () => {
  await press("2");
  const { active, second } = await ada.page.evaluate(() => {
    const { activeClassId, classes } = window.__coscope!.workspace;
    return { active: activeClassId.get(), second: classes.get()[1]!.id };
  });
  expect(active).toBe(second);

  await press("Alt+1");
  await ada.until("the first channel is off", () => !window.__coscope!.workspace.channels.get()[0]!.visible);
  await press("Alt+1");

  await ada.page.keyboard.down("h");
  await ada.until("hidden", () => window.__coscope!.workspace.style.get().hidden);
  await ada.page.waitForTimeout(500);
  await ada.page.keyboard.up("h");
  await ada.until("shown after the peek", () => !window.__coscope!.workspace.style.get().hidden);

  await press("+");
  await ada.until("zoomed in", () => window.__coscope!.workspace.camera.get().zoom > 1.35);
  await press("Home");
  await ada.until("the whole image", () => window.__coscope!.workspace.camera.get().zoom < 0.02);
});

test("keys are left alone while somebody types", async () => {
  await press("?");
  const dialog = ada.page.getByRole("dialog");
  await dialog.waitFor();
  // Once it has the focus, as it has before anybody could type.
  await expect.poll(() => dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  await press("r");
  expect(await ada.page.evaluate(() => window.__coscope!.workspace.tool.get())).toBe("select");
  await press("Escape");
  await dialog.waitFor({ state: "hidden" });
});
