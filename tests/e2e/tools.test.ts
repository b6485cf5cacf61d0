import { areaOf, boundsOf, type Geometry } from "@coscope/annotations/geometry";
import { intersect } from "@coscope/annotations/shapes";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { converged, createWorld, type Person, PLACE, type Shown, type World, type XY } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";
import { shoot } from "./support/shoot.ts";

/** The drawing tools by a person's gestures, while a colleague draws at the same time. */
let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await createWorld();
  [ada, ben] = await Promise.all([world.join("Ada"), world.join("Ben")]);
});

afterAll(() => world?.close());

beforeEach(async () => {
  for (const person of [ada, ben]) {
    await person.online();
    await person.act("clearSelection");
    await person.act("setEmptyOnly", false);
    await person.act("setBrushSize", 20);
    await person.key("Escape");
    await person.act("selectAll");
    await person.act("removeSelection");
    for (const id of await person.page.evaluate(() =>
      window.__coscope!.workspace.notices.get().map((notice) => notice.id),
    ))
      await person.act("dismissNotice", id);
    await converged(ada, ben);
  }
});

function point(dx: number, dy: number): XY {
  return { x: PLACE.cx + dx, y: PLACE.cy + dy };
}

/** Presses at the first place, goes by the others and lets go at the last. */
async function draw(
  person: Person,
  path: readonly XY[],
  keys: readonly ("Shift" | "Alt" | "Control")[] = [],
) {
  for (const key of keys) await person.page.keyboard.down(key);
  await person.press(path[0]!);
  for (const at of path.slice(1)) await person.moveTo(at);
  await person.page.mouse.up();
  for (const key of keys) await person.page.keyboard.up(key);
}

async function seen(person: Person, what: string, condition: (all: Shown[]) => boolean): Promise<Shown[]> {
  await expect
    .poll(async () => condition(await person.annotations()), { message: `${person.name} sees ${what}` })
    .toBe(true);
  return person.annotations();
}

/** Ada's one annotation, once Ben sees it. */
async function only(what: string, condition: (geometry: Geometry) => boolean = () => true): Promise<Shown> {
  const all = await seen(ben, what, (shown) => shown.length === 1 && condition(shown[0]!.geometry));
  return all[0]!;
}

/** The last step is undone and done again, and the colleague sees both. */
async function undoneAndRedone(person: Person, other: Person): Promise<void> {
  const outlines = (all: Shown[]) =>
    JSON.stringify(
      all.map(({ id, geometry }) => [id, geometry]).toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1)),
    );
  // What the other drew meanwhile is part of what both see again in the end.
  await converged(person, other);
  const after = outlines(await person.annotations());
  await person.key("Control+z");
  await seen(other, "it undone", (all) => outlines(all) !== after);
  await person.key("Control+Shift+z");
  await seen(other, "it done again", (all) => outlines(all) === after);
}

const ringsOf = (geometry: Geometry): number[] =>
  geometry.kind === "polygon" ? geometry.parts.map((rings) => rings.length) : [];

test("each tool by hand, while a colleague paints; each undone and redone", async () => {
  await ben.key("b");
  const painting = (async () => {
    for (let i = 0; i < 4; i++)
      await draw(ben, [point(-150 + 20 * i, 150), point(-140 + 20 * i, 170)], ["Control"]);
  })();
  await ada.key("o");
  await draw(ada, [point(-150, -120), point(-70, -80)]);
  await painting;
  const author = await ada.page.evaluate(() => window.__coscope!.workspace.user.get().id);
  const mine = async (count: number) =>
    (await seen(ben, `${count} of Ada's`, (all) => all.filter((a) => a.author === author).length === count))
      .filter((a) => a.author === author)
      .toSorted((a, b) => a.created - b.created)
      .at(-1)!;
  expect((await mine(1)).geometry).toMatchObject({ kind: "ellipse", rx: expect.closeTo(40, 0) });
  await undoneAndRedone(ada, ben);
  expect((await ben.annotations()).filter((a) => a.author !== author)).toHaveLength(4);

  await ada.key("l");
  await draw(ada, [point(-40, -120), point(40, -60)]);
  expect((await mine(2)).geometry).toMatchObject({ kind: "polyline", points: { length: 4 } });
  await ada.click(point(60, -120));
  await ada.click(point(120, -120));
  await ada.moveTo(point(120, -80));
  await ada.page.getByText("µm", { exact: false }).first().waitFor();
  await shoot(ada.page, "line");
  await ada.click(point(120, -80));
  await ada.page.keyboard.press("Enter");
  expect((await mine(3)).geometry).toMatchObject({ kind: "polyline", points: { length: 6 } });
  await undoneAndRedone(ada, ben);

  await ada.key("Shift+P");
  await draw(ada, [point(-150, -40), point(-90, -50), point(-80, 10), point(-140, 20)]);
  const hand = (await mine(4)).geometry;
  expect(ringsOf(hand)).toEqual([1]);
  expect(areaOf(hand)).toBeGreaterThan(2500);
  await undoneAndRedone(ada, ben);

  await ada.key("p");
  await ada.click(point(-40, 0));
  await draw(ada, [point(20, -10), point(40, 20), point(20, 50)]);
  await ada.click(point(-40, 50));
  await ada.page.keyboard.press("Enter");
  expect(ringsOf((await mine(5)).geometry)).toEqual([1]);
  await undoneAndRedone(ada, ben);

  await ada.key("b");
  await draw(ada, [point(80, 0), point(150, 0), point(150, 60), point(80, 60), point(80, 0)]);
  const ring = (await mine(6)).geometry;
  expect(ringsOf(ring)).toEqual([2]);
  await undoneAndRedone(ada, ben);
  await ada.press(point(80, 30));
  await ada.moveTo(point(120, 30));
  await ben.until("Ada's ghost", () =>
    window
      .__coscope!.peers()
      .some(({ ghost, editing }) => ghost?.geometry.kind === "polygon" && editing !== null),
  );
  await shoot(ada.page, "brush");
  await shoot(ben.page, "brush-seen");
  await ada.page.mouse.up();
  await seen(ben, "the ring grown", (all) =>
    all.some(({ geometry }) => areaOf(geometry) > areaOf(ring) + 100 && ringsOf(geometry)[0] === 2),
  );
  await converged(ada, ben);
});

test("add and cut with Shift and Alt; the eraser; the brush's size; 'Overwrite empty only'", async () => {
  await ada.key("r");
  await draw(ada, [point(-100, -100), point(0, 0)]);
  await draw(ada, [point(-20, -60), point(60, -40)], ["Shift"]);
  const grown = await only("a larger area", (geometry) => areaOf(geometry) > 10_500);
  expect(grown.geometry.kind).toBe("polygon");
  await undoneAndRedone(ada, ben);
  await ada.key("o");
  await draw(ada, [point(-80, -80), point(-40, -40)], ["Alt"]);
  await only("a hole", (geometry) => ringsOf(geometry)[0] === 2);
  await undoneAndRedone(ada, ben);

  await ada.key("e");
  // Where the mouse rests, before it moves.
  await expect.poll(() => ada.page.locator(".brush-cursor").isVisible()).toBe(true);
  const before = areaOf((await ada.annotations())[0]!.geometry);
  await draw(ada, [point(-120, -10), point(20, -10)]);
  await only("less", (geometry) => areaOf(geometry) < before - 1500);
  await undoneAndRedone(ada, ben);
  for (let i = 0; i < 12; i++) await ada.page.keyboard.press("]");
  expect(await ada.page.evaluate(() => window.__coscope!.workspace.brushSize.get())).toBeGreaterThan(150);
  const { x, y } = await ada.at(point(0, -50));
  await ada.page.mouse.move(x, y);
  await ada.page.keyboard.down("Shift");
  await ada.page.mouse.wheel(0, -120);
  await ada.page.keyboard.up("Shift");
  await ada.until("a larger rim", () => window.__coscope!.workspace.brushSize.get() > 190);
  const slider = ada.page.getByRole("slider", { name: "Size on the screen" });
  expect(Number(await slider.getAttribute("aria-valuenow"))).toBeGreaterThan(80);
  await shoot(ada.page, "eraser");
  // Erased altogether: the annotation goes, and comes back.
  await draw(ada, [point(-110, -50), point(70, -50)]);
  await seen(ben, "nothing", (all) => all.length === 0);
  await undoneAndRedone(ada, ben);
  await ada.key("Control+z");
  await only("it again");

  await ada.act("setBrushSize", 20);
  await ada.key("b");
  await ada.page.getByRole("switch", { name: "Overwrite empty only" }).click();
  await expectAccessible(ada.page, "the tools and their options");
  await draw(ada, [point(-140, 30), point(-60, -50), point(-60, 30)], ["Control"]);
  const [one, two] = await seen(ben, "two areas", (all) => all.length === 2);
  expect(intersect(one!.geometry, two!.geometry)).toBeNull();
  await converged(ada, ben);
});

test("two brushes on one shape at the same moment lose neither stroke; each undoes its own", async () => {
  await ada.key("r");
  await draw(ada, [point(-60, -40), point(60, 40)]);
  await only("the box");
  await Promise.all([ada.offline(), ben.offline()]);
  for (const [person, from, to] of [
    [ada, point(-50, 0), point(-130, 0)],
    [ben, point(50, 0), point(130, 0)],
  ] as const) {
    await person.key("b");
    await draw(person, [from, to]);
  }
  await Promise.all([ada.online(), ben.online()]);
  await converged(ada, ben);
  const both = (geometry: Geometry) => {
    const { minX, maxX } = boundsOf(geometry);
    return minX < PLACE.cx - 135 && maxX > PLACE.cx + 135;
  };
  await only("both strokes", both);
  await converged(ada, ben);
  expect([...(await ada.notices()), ...(await ben.notices())]).toEqual([]);

  // One paints while the other is seen to be in the middle of a stroke.
  await ada.key("e");
  await ada.press(point(-40, -60));
  await ada.moveTo(point(-40, 60));
  await ben.until("Ada in the middle of it", () =>
    window.__coscope!.peers().some(({ editing }) => editing !== null),
  );
  await draw(ben, [point(40, 30), point(40, 90)]);
  await ada.page.mouse.up();
  await converged(ada, ben);
  await only("the cut and the addition", (geometry) => {
    const inCut = intersect(geometry, box(-44, -30, 8, 60));
    return inCut === null && boundsOf(geometry).maxY > PLACE.cy + 95;
  });
  // What is undone is one's own newest stroke; the other's stay.
  await draw(ben, [point(10, -20), point(10, -90)]);
  await only("the third stroke", (geometry) => boundsOf(geometry).minY < PLACE.cy - 95);
  await undoneAndRedone(ben, ada);
  await ben.key("Control+z");
  await only("the others without it", (geometry) => {
    const { minX, minY, maxY } = boundsOf(geometry);
    return minY > PLACE.cy - 50 && maxY > PLACE.cy + 95 && minX < PLACE.cx - 135;
  });
  await converged(ada, ben);
});

test("a brush against a removal: the removal wins and the painter is told", async () => {
  await ada.key("r");
  await draw(ada, [point(-60, -40), point(60, 40)]);
  const { id } = await only("the box");
  await Promise.all([ada.offline(), ben.offline()]);
  await ada.key("b");
  await draw(ada, [point(0, 0), point(0, 100)]);
  await ben.act("select", [id]);
  await ben.key("Delete");
  await Promise.all([ada.online(), ben.online()]);
  await converged(ada, ben);
  await expect
    .poll(() => ada.notices(), { message: "Ada is told" })
    .toEqual([expect.stringMatching(/removed/)]);
  expect(await ada.annotations()).toEqual([]);
  await ada.page.getByRole("button", { name: "Keep mine as a copy" }).click();
  await only("Ada's copy", (geometry) => boundsOf(geometry).maxY > PLACE.cy + 105);
  await converged(ada, ben);
});

test("with the keyboard alone, and with a finger", async () => {
  const { page } = ada;
  for (const [tool, way] of [
    ["b", ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"]],
    ["o", ["ArrowRight", "ArrowDown", "ArrowDown"]],
    ["Shift+P", ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"]],
  ] as const) {
    const before = (await ada.annotations()).length;
    await ada.key("Escape");
    await ada.key(tool);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    for (const key of way) for (let i = 0; i < 3; i++) await page.keyboard.press(key);
    await page.keyboard.press("Enter");
    await seen(ben, `one more by ${tool}`, (all) => all.length === before + 1);
  }
  await ada.key("Escape");
  await ada.key("l");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
  // A second press at the same place ends it.
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await seen(ben, "a line", (all) => all.some(({ geometry }) => geometry.kind === "polyline"));

  await ada.key("Escape");
  await ada.key("b");
  const [from, to] = [await ada.at(point(-150, 120)), await ada.at(point(-60, 120))];
  const touch = await ada.context.newCDPSession(page);
  const finger = (type: "touchStart" | "touchMove" | "touchEnd", at?: XY) =>
    touch.send("Input.dispatchTouchEvent", { type, touchPoints: at ? [at] : [] });
  const camera = await page.evaluate(() => window.__coscope!.workspace.camera.get());
  await finger("touchStart", from);
  for (let i = 1; i <= 6; i++)
    await finger("touchMove", { x: from.x + ((to.x - from.x) * i) / 6, y: from.y });
  await finger("touchEnd");
  await seen(ben, "what a finger painted", (all) => all.length === 5);
  expect(await page.evaluate(() => window.__coscope!.workspace.camera.get())).toEqual(camera);
  await converged(ada, ben);
});

function box(dx: number, dy: number, width: number, height: number): Geometry {
  const { x, y } = point(dx, dy);
  return { kind: "rectangle", plane: { z: 0, t: 0 }, x, y, width, height, rotation: 0 };
}
