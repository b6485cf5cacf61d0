import { areaOf, boundsOf, type Geometry, type PolygonGeometry } from "@coscope/annotations/geometry";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { commandsCase } from "./commands.case.ts";
import { converged, createWorld, type Person, type Shown, type World, type XY } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";
import { shoot } from "./support/shoot.ts";

/** Selecting and editing by a person's gestures, on a stack, with a colleague at work on the same image. */
const CULTURE = "demo-culture";
const MIDDLE = { x: 500, y: 400 };

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await createWorld();
  const there = {
    imageId: CULTURE,
    view: `&at=${MIDDLE.x},${MIDDLE.y},1`,
    viewport: { width: 1100, height: 760 },
  };
  [ada, ben] = await Promise.all([world.join("Ada", there), world.join("Ben", there)]);
});

afterAll(() => world?.close());

beforeEach(async () => {
  for (const person of [ada, ben]) {
    for (let tries = 0; tries < 3; tries++) await person.key("Escape");
    await person.key("v");
  }
  await ada.act("selectEverywhere");
  await ada.act("removeSelection");
  await converged(ada, ben);
});

function point(dx: number, dy: number): XY {
  return { x: MIDDLE.x + dx, y: MIDDLE.y + dy };
}

/** Its code comes with the first use. */
async function take(person: Person, key: string): Promise<void> {
  await person.key(key);
  await person.until("the tool", () => !window.__coscope!.workspace.hint.get().startsWith("Loading"));
}

async function rectangle(person: Person, from: XY, to: XY): Promise<void> {
  await take(person, "r");
  await person.drag(from, to);
  await person.key("v");
}

async function polygon(person: Person, corners: readonly XY[]): Promise<void> {
  await take(person, "p");
  for (const corner of corners) await person.click(corner);
  await person.key("Enter");
  await person.key("v");
}

async function seen(person: Person, what: string, condition: (all: Shown[]) => boolean): Promise<Shown[]> {
  await expect
    .poll(async () => condition(await person.annotations()), {
      timeout: 20_000,
      message: `${person.name} sees ${what}`,
    })
    .toBe(true);
  return person.annotations();
}

const ringOf = (geometry: Geometry): readonly number[] => (geometry as PolygonGeometry).parts[0]![0]!;
const outlines = (all: Shown[]) =>
  JSON.stringify(all.map(({ id, geometry }) => [id, geometry]).toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1)));

/** The step that led from `before` to now is undone and done again, and the colleague sees both. */
async function undoneAndRedone(before: string): Promise<void> {
  const after = outlines(await ada.annotations());
  expect(after).not.toBe(before);
  await ada.key("Control+z");
  await seen(ben, "it undone", (all) => outlines(all) === before);
  await ada.key("Control+Shift+z");
  await seen(ben, "it done again", (all) => outlines(all) === after);
}

const now = async () => outlines(await ada.annotations());

async function handle(person: Person, id: string): Promise<XY> {
  // The overlay's handles are what the tool shows: asked of the picture, by their place.
  const found = await person.page.evaluate((wanted) => {
    const selected = window.__coscope!.workspace.selected.get().map(({ bounds }) => bounds);
    const minX = Math.min(...selected.map((b) => b.minX));
    const minY = Math.min(...selected.map((b) => b.minY));
    const maxX = Math.max(...selected.map((b) => b.maxX));
    const maxY = Math.max(...selected.map((b) => b.maxY));
    return wanted === "turn" ? { x: (minX + maxX) / 2, y: minY - 36 } : { x: maxX + 12, y: maxY + 12 };
  }, id);
  return found;
}

test("corners: inserted, dragged, picked together, removed; refused where the outline would cross itself", async () => {
  await polygon(ada, [point(-100, -100), point(100, -100), point(100, 100), point(-100, 100)]);
  await seen(ben, "the square", (all) => all.length === 1);
  await ada.click(point(0, 0));
  let before = await now();

  await ada.click(point(0, -100));
  await seen(ben, "a fifth corner", ([one]) => ringOf(one!.geometry).length === 10);
  await undoneAndRedone(before);

  before = await now();
  await ada.drag(point(100, 100), point(140, 130));
  await seen(ben, "it dragged", ([one]) => Math.abs(one!.bounds.maxX - point(140, 0).x) < 2);
  await undoneAndRedone(before);

  // Meanwhile Ben names it: what he changes survives what she does.
  const { id } = (await ben.annotations())[0]!;
  await ben.act("relabel", id, "Ben’s name");
  before = await now();
  await ada.page.keyboard.down("Control");
  await ada.drag(point(-130, -130), point(30, -70));
  await ada.page.keyboard.up("Control");
  await shoot(ada.page, "select-corners");
  await ada.drag(point(-100, -100), point(-100, -140));
  await seen(ben, "two corners moved at once", ([one]) => {
    const ring = ringOf(one!.geometry);
    return ring.filter((_, i) => i % 2 === 1 && Math.abs(ring[i]! - point(0, -140).y) < 2).length === 2;
  });
  await undoneAndRedone(before);
  expect((await ada.annotations())[0]!.label).toBe("Ben’s name");

  // Whoever undid goes on with the outline, and picks anew.
  await ada.page.keyboard.down("Control");
  await ada.drag(point(-130, -170), point(30, -110));
  await ada.page.keyboard.up("Control");
  before = await now();
  await ada.key("Delete");
  await seen(ben, "three corners", ([one]) => ringOf(one!.geometry).length === 6);
  await undoneAndRedone(before);

  before = await now();
  await ada.click(point(-100, 100), { modifiers: ["Alt"] });
  await expect.poll(() => ada.notices()).toContainEqual(expect.stringContaining("three"));
  expect(await now()).toBe(before);
});

test("turned and resized: one polygon, then several", async () => {
  await polygon(ada, [point(-100, -60), point(100, -60), point(100, 60), point(-100, 60)]);
  await ada.click(point(0, 0));
  let before = await now();
  await ada.page.keyboard.down("Shift");
  await ada.drag(await handle(ada, "turn"), point(200, 3));
  await ada.page.keyboard.up("Shift");
  await seen(ben, "it upright", ([one]) => {
    const { minX, minY, maxX, maxY } = boundsOf(one!.geometry);
    return Math.abs(maxX - minX - 120) < 2 && Math.abs(maxY - minY - 200) < 2;
  });
  await undoneAndRedone(before);

  await rectangle(ada, point(120, -40), point(200, 0));
  await seen(ben, "two", (all) => all.length === 2);
  await ada.key("Control+a");
  before = await now();
  const sizes = (await ada.annotations()).map(({ geometry }) => areaOf(geometry));
  const corner = await handle(ada, "corner");
  await shoot(ada.page, "select-several");
  await ada.drag(corner, { x: corner.x + 150, y: corner.y + 100 });
  await seen(ben, "both larger", (all) =>
    all.every(({ id: _, geometry }, i) => areaOf(geometry) > 1.5 * sizes[i]!),
  );
  expect((await ben.annotations()).some(({ geometry }) => geometry.kind === "rectangle")).toBe(true);
  await undoneAndRedone(before);
});

test("united, subtracted, split, while the colleague draws", async () => {
  await rectangle(ada, point(-150, -50), point(-50, 50));
  await rectangle(ada, point(-80, -50), point(20, 50));
  await seen(ben, "two", (all) => all.length === 2);
  await ada.key("Control+a");
  let before = await now();
  await ada.key("Shift+U");
  await seen(ben, "one", (all) => all.length === 1 && Math.abs(areaOf(all[0]!.geometry) - 17_000) < 300);
  await undoneAndRedone(before);

  await rectangle(ada, point(-40, -20), point(60, 20));
  await ada.click(point(-120, 0));
  await ada.click(point(50, 0), { modifiers: ["Shift"] });
  before = await now();
  await ada.key("Shift+D");
  await seen(ben, "a bite", (all) => all.some(({ geometry }) => Math.abs(areaOf(geometry) - 14_600) < 400));
  await undoneAndRedone(before);

  await ada.key("Escape");
  await rectangle(ben, point(150, 100), point(200, 150));
  await seen(ada, "Ben's", (all) => all.length === 3);
  before = await now();
  await take(ada, "k");
  await ada.drag(point(-110, -120), point(-110, 120));
  await seen(ben, "two pieces", (all) => all.length === 4);
  await shoot(ada.page, "select-split");
  await undoneAndRedone(before);
  await converged(ada, ben);
});

test("to the next plane, and the planes between", async () => {
  await rectangle(ada, point(-50, -50), point(50, 50));
  const z = await ada.page.evaluate(() => window.__coscope!.workspace.plane.get().z);
  await ada.click(point(0, 0));
  let before = await now();
  await ada.key("Alt+PageUp");
  await seen(
    ben,
    "a copy",
    (all) => all.length === 2 && all.some(({ geometry }) => geometry.plane.z === z + 1),
  );
  expect(await ada.page.evaluate(() => window.__coscope!.workspace.plane.get().z)).toBe(z + 1);
  await undoneAndRedone(before);

  // Another two planes on: the gap between is filled.
  await ada.key("PageUp");
  await ada.key("PageUp");
  await rectangle(ada, point(-80, -80), point(80, 80));
  await seen(
    ben,
    "a gap",
    (all) => all.length === 3 && !all.some(({ geometry }) => geometry.plane.z === z + 2),
  );
  await ada.act("selectEverywhere");
  before = await now();
  await ada.key("Shift+I");
  await seen(ben, "the gap filled", (all) => all.some(({ geometry }) => geometry.plane.z === z + 2));
  await undoneAndRedone(before);
});

test("copied from one image, pasted into another by another tab", async () => {
  await rectangle(ada, point(-50, -50), point(50, 50));
  await ada.click(point(0, 0));
  await ada.key("Control+c");
  const { geometry } = (await ada.annotations())[0]!;
  const page = await ada.context.newPage();
  await page.goto(`${world.server.url}/#image=demo`);
  await page.waitForFunction(() => {
    const { workspace } = window.__coscope ?? {};
    const layers = workspace?.layers.get() ?? [];
    return (
      workspace?.openState.get().kind === "ready" &&
      layers.length > 0 &&
      layers.every(({ state }) => state === "ready")
    );
  });
  await page.locator(".canvas").focus();
  await page.keyboard.press("Control+v");
  const pasted = () => page.evaluate(() => window.__coscope!.annotations().map((one) => one.geometry));
  await expect.poll(pasted).toHaveLength(1);
  const [there] = await pasted();
  expect(boundsOf(there!)).toEqual(boundsOf(geometry));
  await page.keyboard.press("Control+z");
  await expect.poll(pasted).toEqual([]);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(pasted).toHaveLength(1);
  // Else Ada's other pages say that work on another image waits: a tab closed before it heard.
  await page.waitForFunction(() => window.__coscope!.pending() === 0);
  await page.close();
});

test("every control by keyboard: corners, the menu, simplify, lock, order", async () => {
  await polygon(ada, [point(0, 0), point(80, 0), point(80, 80), point(0, 80)]);
  await ada.key("Control+a");
  const { page } = ada;
  // The crosshair starts in the middle of the canvas: on the corner that was put there.
  const middle = await page.evaluate(() => {
    const { width, height } = window.__coscope!.workspace.canvas.size();
    return window
      .__coscope!.viewer()!
      .screenToImage({ x: Math.round(width / 2), y: Math.round(height / 2) } as never);
  });
  await ada.act(
    "select",
    (await ada.annotations()).map(({ id }) => id),
  );
  expect(Math.hypot(middle.x - point(0, 0).x, middle.y - point(0, 0).y)).toBeLessThan(7);
  await ada.key("Enter");
  await ada.key("Enter");
  await ada.key("Escape");
  const before = await now();
  await ada.key("Shift+ArrowLeft");
  await seen(ben, "the corner moved", ([one]) => one!.bounds.minX < point(-1, 0).x);
  await undoneAndRedone(before);

  // A name beside a cursor is no part of what is looked at here.
  await ben.page.mouse.move(2, 2);
  await page.getByRole("tab", { name: "Objects" }).click();
  const menu = page.getByRole("button", { name: "More for the selection" });
  await menu.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Bring to front" }).waitFor();
  await expectAccessible(page, "the menu of the selection");
  await shoot(page, "select-menu");
  await page.getByRole("menuitem", { name: "Lock" }).press("Enter");
  await seen(ben, "it locked", ([one]) => one!.locked);
  await page.locator(".lock-mark").waitFor();
  await ada.key("Control+ArrowUp");
  await expect.poll(() => ada.notices()).toContainEqual(expect.stringContaining("locked"));
  await ada.act("setSelectionLocked", false);

  await menu.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Expand or shrink…" }).waitFor();
  await page.getByRole("menuitem", { name: "Expand or shrink…" }).press("Enter");
  const distance = page.getByRole("textbox", { name: /Distance/ });
  await distance.fill("3");
  await expect.poll(() => page.getByText(/→ .* corners/).count()).toBe(1);
  await expectAccessible(page, "expanding");
  await shoot(page, "select-expand");
  const wide = await now();
  await distance.press("Enter");
  await expect.poll(now).not.toBe(wide);
  await undoneAndRedone(wide);
});

commandsCase(() => ({ ada, ben, point }));
