import { boundsOf, containsPoint, type Geometry, imagePoint } from "@coscope/annotations/geometry";
import { openOmeZarr } from "@coscope/viewer/source";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createWorld, type Person, PLACE, type World, type XY } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";
import { command } from "./support/palette.ts";
import { shoot } from "./support/shoot.ts";

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.join("Ada", { viewport: { width: 1200, height: 760 } });
});

afterAll(() => world?.close());

/** A menu or dialog that a test left behind is not in the way of the next. */
beforeEach(async () => {
  const popup = ada.page.locator("[role=dialog], [role=menu]");
  for (let tries = 0; tries < 3 && (await popup.count()) > 0; tries++)
    await ada.page.keyboard.press("Escape");
});

const tool = () => ada.page.evaluate(() => window.__coscope!.workspace.tool.get());
const hint = () => ada.page.evaluate(() => window.__coscope!.workspace.hint.get());
const camera = () => ada.page.evaluate(() => window.__coscope!.viewer()!.camera());
const point = (dx: number, dy: number): XY => ({ x: PLACE.cx + dx, y: PLACE.cy + dy });

test("first steps: three hints, out of the keyboard's way, gone for ever when dismissed", async () => {
  const hints = ada.page.getByRole("complementary", { name: "First steps" });
  await hints.waitFor();
  await shoot(ada.page, "first-minute");
  await expectAccessible(ada.page, "the first steps");
  await ada.key("+");
  await ada.key("+");
  await expect.poll(() => hints.textContent()).toMatch(/2\/3/);
  await hints.getByRole("button", { name: "No more first steps" }).click();
  await hints.waitFor({ state: "detached" });
  await ada.page.reload();
  await ada.ready();
  await ada.page.getByRole("button", { name: "Magic wand" }).waitFor();
  expect(await hints.count()).toBe(0);
});

test("the palette finds and runs commands, tools, classes and channels by keyboard", async () => {
  await command(ada, "magic", /^Magic wand/);
  await expect.poll(tool).toBe("wand");
  await command(ada, "class nuc", /^Class: Nucleus/);
  await ada.until("its class is Nucleus", () => {
    const { activeClassId, classes } = window.__coscope!.workspace;
    return classes.get().find(({ id }) => id === activeClassId.get())?.name === "Nucleus";
  });
  await command(ada, "hide dapi", /^Channel: hide DAPI/);
  await ada.until("the channel is hidden", () => !window.__coscope!.workspace.channels.get()[0]!.visible);
  await command(ada, "show dapi", /^Channel: show DAPI/);
  await ada.until("and shown again", () => window.__coscope!.workspace.channels.get()[0]!.visible);

  await ada.key("Control+k");
  const options = ada.page.getByRole("option");
  await expect.poll(() => options.first().textContent()).toMatch(/^Channel: hide DAPI/);
  await expectAccessible(ada.page, "the palette");
  await shoot(ada.page, "palette");
  const field = ada.page.getByRole("combobox", { name: "Find a command" });
  await field.fill("redo");
  await expect.poll(() => options.first().textContent()).toBe("RedoNothing to redo");
  await ada.page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
  await ada.until(
    "the canvas has focus",
    () => document.activeElement?.classList.contains("canvas") === true,
  );
});

test("parts that could not load without a network say so, are tried again, and nothing drawn is lost", async () => {
  const { page, context } = ada;
  // Neither is there when the network goes: what the page reads ahead does not come, nor does the browser's cache have it.
  const parts = /assets\/(?:Palette|ImagesPage)-/;
  await context.route(parts, (request) => request.abort());
  await page.reload();
  await ada.ready();
  await context.setOffline(true);
  const before = (await ada.annotations()).length;
  await ada.key("r");
  await ada.drag(point(-70, -50), point(70, 50));
  await expect.poll(async () => (await ada.annotations()).length).toBe(before + 1);
  await ada.key("Escape");
  await ada.key("v");
  await ada.key("Control+k");
  await expect
    .poll(() => ada.notices())
    .toContain("This part did not load. Check the connection and try again.");
  await shoot(page, "palette-away");

  const images = page.getByRole("link", { name: "Images", exact: true });
  const away = page.getByRole("heading", { name: "Coscope’s server does not answer" });
  await images.click();
  await away.waitFor();
  await expectAccessible(page, "a page that did not load");
  await shoot(page, "list-away");
  await page.getByRole("link", { name: "Back to the image" }).click();
  await page.getByRole("heading", { name: "The image did not open" }).waitFor();
  await shoot(page, "image-away");
  await page.getByRole("link", { name: "All images" }).click();
  await away.waitFor();
  await context.unroute(parts);
  await context.setOffline(false);
  await page.getByRole("heading", { name: "Images", exact: true }).waitFor();

  await page.goBack();
  await ada.ready();
  await expect.poll(async () => (await ada.annotations()).length).toBe(before + 1);
  await ada.saved();
  await ada.key("Control+k");
  await page.getByRole("combobox", { name: "Find a command" }).waitFor();
  // Its styles came with it.
  const styles = () => [...document.styleSheets].filter(({ href }) => href?.includes("/Palette-")).length;
  expect(await page.evaluate(styles)).toBe(1);
  await page.keyboard.press("Escape");
  await ada.act("selectAll");
  await ada.act("removeSelection");
});

test("a person's own key: a conflict is said, swapped, remembered, and reset", async () => {
  const { page } = ada;
  const dialog = page.getByRole("dialog", { name: "Keys" });
  async function edit(): Promise<void> {
    await ada.key("?");
    await dialog.getByRole("button", { name: "Change keys" }).click();
  }
  await edit();
  await dialog.getByRole("button", { name: /^Polygon: P\b/ }).click();
  await page.keyboard.press("r");
  await dialog.getByText("R is the key of “Rectangle”.").waitFor();
  await expectAccessible(page, "a key that is taken");
  await shoot(page, "keys");
  await dialog.getByRole("button", { name: "Swap" }).click();
  await dialog.getByRole("button", { name: /^Rectangle: P\b/ }).waitFor();
  await dialog.getByRole("button", { name: /^Ellipse: O\b/ }).click();
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: /^Ellipse: O\b/ }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  await ada.key("r");
  expect(await tool()).toBe("polygon");
  await page.reload();
  await ada.ready();
  await ada.key("p");
  await expect.poll(tool).toBe("rectangle");
  await page.getByRole("button", { name: "Polygon" }).hover();
  await expect.poll(() => page.locator(".tip kbd").textContent()).toBe("R");

  await edit();
  await dialog.getByRole("button", { name: "Reset all" }).click();
  await dialog.getByRole("button", { name: /^Polygon: P\b/ }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});

test("the menu of the canvas is for what is under the pointer, by mouse and by key; the right button does no more", async () => {
  const { page } = ada;
  await ada.key("r");
  await ada.drag(point(-80, -60), point(80, 60));
  await expect.poll(async () => (await ada.annotations()).length).toBe(1);
  await ada.key("Escape");
  await ada.key("v");
  const before = await camera();
  const at = await ada.at(point(0, 0));
  await page.mouse.move(at.x, at.y);
  await page.mouse.down({ button: "right" });
  await page.mouse.move(at.x + 60, at.y, { steps: 3 });
  await page.mouse.up({ button: "right" });
  const menu = page.getByRole("menu", { name: "What can be done here" });
  await menu.waitFor();
  expect(await camera()).toEqual(before);
  await ada.until("it is selected", () => window.__coscope!.workspace.selection.get().size === 1);
  await expectAccessible(page, "the menu of the canvas");
  await shoot(page, "canvas-menu");
  await menu.getByRole("menuitem", { name: /^Duplicate/ }).click();
  await expect.poll(async () => (await ada.annotations()).length).toBe(2);

  await ada.key("Shift+F10");
  await menu.waitFor();
  await ada.until("it has focus", () => document.activeElement?.closest("[role=menu]") !== null);
  await page.keyboard.press("ArrowUp");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Delete/);
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await ada.annotations()).length).toBe(1);
  await ada.key("Control+z");
  await expect.poll(async () => (await ada.annotations()).length).toBe(2);
  await ada.act("selectAll");
  await ada.act("removeSelection");
});

const SIDE = 240;

/** Pixels of a nucleus with none beside it, near the place where all meet: from the slide's own label image. */
async function loneNucleus(): Promise<XY[]> {
  const [x0, y0] = [PLACE.cx - SIDE / 2, PLACE.cy - SIDE / 2];
  const labels = await openOmeZarr(`${world.server.url}/demo/slide.zarr/labels/nuclei`);
  const { tileWidth, tileHeight } = labels.levels[0]!;
  const tiles = new Map<string, ArrayLike<number>>();
  const values = new Uint32Array(SIDE * SIDE);
  for (let i = 0; i < values.length; i++) {
    const [x, y] = [x0 + (i % SIDE), y0 + Math.floor(i / SIDE)];
    const at = { x: Math.floor(x / tileWidth), y: Math.floor(y / tileHeight) };
    const key = `${at.x}/${at.y}`;
    if (!tiles.has(key))
      tiles.set(key, (await labels.getTile({ level: 0, ...at, z: 0, t: 0, channel: 0 }))?.data ?? []);
    values[i] = tiles.get(key)![(y % tileHeight) * tileWidth + (x % tileWidth)] ?? 0;
  }
  const byLabel = Map.groupBy(values.keys(), (i) => values[i]!);
  byLabel.delete(0);
  const beside = (i: number, label: number): boolean => {
    for (let dy = -8; dy <= 8; dy++)
      for (let dx = -8; dx <= 8; dx++) {
        const [x, y] = [(i % SIDE) + dx, Math.floor(i / SIDE) + dy];
        if (x < 0 || y < 0 || x >= SIDE || y >= SIDE) return true;
        const other = values[y * SIDE + x]!;
        if (other !== 0 && other !== label) return true;
      }
    return false;
  };
  const lone = [...byLabel].filter(([label, pixels]) => !pixels.some((i) => beside(i, label)));
  const [, largest] = lone.sort(([, a], [, b]) => b.length - a.length)[0]!;
  return largest.map((i) => ({ x: x0 + (i % SIDE), y: y0 + Math.floor(i / SIDE) }));
}

function centre(pixels: readonly XY[]): XY {
  const mean = (of: (p: XY) => number) => pixels.reduce((sum, p) => sum + of(p), 0) / pixels.length;
  return { x: mean(({ x }) => x) + 0.5, y: mean(({ y }) => y) + 0.5 };
}

/** Intersection over union of an area and pixels. */
function overlap(geometry: Geometry, pixels: readonly XY[]): number {
  const inside = new Set(pixels.map(({ x, y }) => `${x} ${y}`));
  const box = boundsOf(geometry);
  const xs = [...pixels.map(({ x }) => x), box.minX, box.maxX];
  const ys = [...pixels.map(({ y }) => y), box.minY, box.maxY];
  let both = 0;
  let either = 0;
  for (let y = Math.floor(Math.min(...ys)); y <= Math.max(...ys); y++)
    for (let x = Math.floor(Math.min(...xs)); x <= Math.max(...xs); x++) {
      const a = inside.has(`${x} ${y}`);
      const b = containsPoint(geometry, imagePoint(x + 0.5, y + 0.5));
      if (a && b) both++;
      if (a || b) either++;
    }
  return both / either;
}

describe("smart tools on a nucleus of the demo slide", () => {
  let pixels: XY[];

  beforeAll(async () => {
    pixels = await loneNucleus();
    await ada.act("soloChannel", 0);
    await ada.page.evaluate(({ x, y }) => {
      const viewer = window.__coscope!.viewer()!;
      viewer.setCamera({ cx: x, cy: y, zoom: 4, rotation: 0 });
      return viewer.whenReady();
    }, centre(pixels));
  });

  afterEach(async () => {
    await ada.act("selectAll");
    await ada.act("removeSelection");
  });

  test("the wand: dragged until it fits, then taken; one undo", async () => {
    await ada.key("w");
    const { x, y } = await ada.at(centre(pixels));
    await ada.page.mouse.move(x, y);
    await ada.page.mouse.down();
    // 12 % doubles every 80 px.
    await ada.page.mouse.move(x + 145, y, { steps: 6 });
    await ada.until("the tolerance is said", () => /42 %/.test(window.__coscope!.workspace.hint.get()));
    await shoot(ada.page, "wand");
    await ada.page.mouse.up();
    await expect.poll(async () => (await ada.annotations()).length).toBe(1);
    const [drawn] = await ada.annotations();
    expect(overlap(drawn!.geometry, pixels)).toBeGreaterThan(0.75);
    await expect
      .poll(() =>
        ada.page.getByRole("slider", { name: "Tolerance of the wand" }).getAttribute("aria-valuetext"),
      )
      .toMatch(/42 %|41 %|43 %/);
    await ada.key("Control+z");
    expect(await ada.annotations()).toHaveLength(0);
    await ada.key("Control+y");
  });

  test("the magnetic outline: a few clicks along its edge, Enter", async () => {
    await ada.key("g");
    const furthest = Array.from({ length: 8 }, (_, i) => {
      const angle = (i * Math.PI) / 4;
      const along = ({ x, y }: XY) => x * Math.cos(angle) + y * Math.sin(angle);
      const { x, y } = pixels.reduce((best, p) => (along(p) > along(best) ? p : best));
      return { x: x + 0.5, y: y + 0.5 };
    });
    // A long nucleus is furthest at its tips in several directions.
    const corners = furthest.filter((p, i) =>
      furthest.slice(0, i).every((q) => Math.hypot(p.x - q.x, p.y - q.y) > 3),
    );
    for (const [i, corner] of corners.entries()) {
      await ada.click(corner);
      await expect.poll(hint, { message: `corner ${i}` }).toMatch(/Backspace: take back/);
    }
    await shoot(ada.page, "magnetic");
    await ada.key("Enter");
    await expect.poll(async () => (await ada.annotations()).length).toBe(1);
    const [drawn] = await ada.annotations();
    expect(overlap(drawn!.geometry, pixels)).toBeGreaterThan(0.8);
  });
});

describe("touch", () => {
  type Finger = { x: number; y: number; id: number };
  let touch: (type: "touchStart" | "touchMove" | "touchEnd", fingers: readonly Finger[]) => Promise<void>;

  beforeAll(async () => {
    const cdp = await ada.context.newCDPSession(ada.page);
    touch = async (type, touchPoints) => {
      await cdp.send("Input.dispatchTouchEvent", { type, touchPoints: [...touchPoints] });
    };
  });

  beforeEach(async () => {
    await ada.act("selectAll");
    await ada.act("removeSelection");
    await ada.page.evaluate(({ cx, cy }) => {
      window.__coscope!.viewer()!.setCamera({ cx, cy, zoom: 1, rotation: 0 });
    }, PLACE);
  });

  const finger = async (at: XY, id: number): Promise<Finger> => ({ ...(await ada.at(at)), id });

  test("one finger draws; two pinch and move the picture, and what the first began is no shape", async () => {
    await ada.key("r");
    const a = await finger(point(-60, -40), 1);
    await touch("touchStart", [a]);
    await touch("touchMove", [{ ...a, x: a.x + 60, y: a.y + 40 }]);
    await touch("touchEnd", []);
    await expect.poll(async () => (await ada.annotations()).length).toBe(1);

    const left = await finger(point(-40, 0), 1);
    const right = await finger(point(40, 0), 2);
    await touch("touchStart", [left]);
    await touch("touchStart", [left, right]);
    await touch("touchMove", [
      { ...left, x: left.x - 20 },
      { ...right, x: right.x + 20 },
    ]);
    await touch("touchMove", [
      { ...left, x: left.x - 40 },
      { ...right, x: right.x + 40 },
    ]);
    await touch("touchEnd", []);
    await expect.poll(async () => (await camera()).zoom).toBeCloseTo(2, 1);
    const zoomed = await camera();
    const [l, r] = [await finger(point(-20, 0), 1), await finger(point(20, 0), 2)];
    await touch("touchStart", [l]);
    await touch("touchStart", [l, r]);
    const down = (by: number) => [l, r].map((one) => ({ ...one, y: one.y + by }));
    await touch("touchMove", down(30));
    await touch("touchMove", down(60));
    await touch("touchEnd", []);
    await expect.poll(async () => (await camera()).cy - zoomed.cy).toBeCloseTo(-30, 0);
    expect(await ada.annotations()).toHaveLength(1);
  });

  test("a double tap closes a polygon", async () => {
    await ada.key("p");
    await expect.poll(hint).toMatch(/first corner/);
    const taps = [];
    for (const at of [point(-60, -20), point(40, -20), point(40, 30)]) taps.push(await finger(at, 1));
    // Sent at once: the time between the last two is what makes them one.
    await Promise.all(
      [...taps, taps[2]!].flatMap((at) => [touch("touchStart", [at]), touch("touchEnd", [])]),
    );
    await expect.poll(async () => (await ada.annotations()).length).toBe(1);
  });
});
