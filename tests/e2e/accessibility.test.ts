import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld, type Person, PLACE, type World } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";

let world: World;
let ada: Person;
let page: Page;

beforeAll(async () => {
  world = await createWorld();
  // Somebody else, so that avatars and following are on screen.
  [ada] = await Promise.all([
    world.join("Ada", { viewport: { width: 1280, height: 800 } }),
    world.join("Ben"),
  ]);
  page = ada.page;
});

afterAll(() => world?.close());

/** The name by which a screen reader knows what has focus. */
function focused(): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
  });
}

/** Presses Tab until that has focus; a person would not press it more often than this either. */
async function tabTo(name: RegExp, key = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press(key);
    passed.push(await focused());
    if (name.test(passed.at(-1)!)) return;
  }
  throw new Error(`${key} never reached ${name}; it passed ${passed.join(", ")}`);
}

test("the welcome page and the list of images", async () => {
  const context = await page.context().browser()!.newContext({ reducedMotion: "reduce" });
  const stranger = await context.newPage();
  await stranger.goto(world.server.pageUrl);
  const name = stranger.getByLabel("Your name");
  await name.waitFor();
  expect(await name.evaluate((field) => field === document.activeElement)).toBe(true);
  await expectAccessible(stranger, "the welcome page");

  // Enter is enough: nobody must think of a name.
  await stranger.keyboard.press("Enter");
  await stranger.getByRole("link", { name: /Open Demo slide/ }).waitFor();
  await expectAccessible(stranger, "the list of images");
  await stranger.getByLabel("Address of an image").fill("slide.zarr");
  await stranger.keyboard.press("Enter");
  await stranger.getByRole("alert").waitFor();
  await expectAccessible(stranger, "a refused address");

  // Asked once: the next visit goes straight to the images.
  await stranger.reload();
  await stranger.getByRole("heading", { name: "Images" }).waitFor();
  await context.close();
});

test("an open image, each tab of the panel, and each popover", async () => {
  await ada.key("r");
  await ada.drag({ x: PLACE.cx - 60, y: PLACE.cy - 60 }, { x: PLACE.cx + 60, y: PLACE.cy + 60 });
  await ada.until("it is drawn", () => window.__coscope!.annotations().length === 1);
  await expectAccessible(page, "the layers");
  await page.getByRole("tab", { name: "Channels" }).click();
  await page.getByRole("slider", { name: /DAPI: full at/ }).waitFor();
  await expectAccessible(page, "the channels");
  await ada.act("selectAll");
  await page.getByRole("tab", { name: /Objects/ }).click();
  await page.getByLabel("Name", { exact: true }).waitFor();
  await expectAccessible(page, "the objects");
  await page.getByRole("tab", { name: "Layers" }).click();

  const popovers: [string, () => Promise<void>][] = [
    ["people", () => page.getByRole("button", { name: /You are Ada/ }).click()],
    ["what saved means", () => page.getByRole("button", { name: /What this means/ }).click()],
    ["the class of new annotations", () => page.getByRole("button", { name: /Class of new/ }).click()],
    ["the colour of a class", () => page.getByRole("button", { name: "Colour of Nucleus" }).click()],
    ["more about a layer", () => page.getByRole("button", { name: "More about Annotations" }).click()],
    ["the keys", () => page.getByRole("button", { name: "Keys and help" }).click()],
  ];
  for (const [what, open] of popovers) {
    await open();
    const popup = page.locator("[role=dialog], [role=menu]");
    await popup.waitFor();
    await expectAccessible(page, what);
    await page.keyboard.press("Escape");
    await popup.waitFor({ state: "detached" });
  }
});

test("everything can be reached and done with the keyboard alone", async () => {
  await page.locator(".canvas").focus();
  const before = (await ada.annotations()).length;

  // The tools are one stop; arrows move inside.
  await tabTo(/^(Select and move|Pan|Point|Rectangle|Polygon|Undo)$/, "Shift+Tab");
  for (let presses = 0; presses < 24 && (await focused()) !== "Point"; presses++) {
    await page.keyboard.press("ArrowUp");
  }
  expect(await focused()).toBe("Point");
  await page.keyboard.press("Enter");
  await ada.until("the point tool", () => window.__coscope!.workspace.tool.get() === "point");

  // Draw: the crosshair, a few steps, a press.
  await tabTo(/Press question mark/);
  await page.keyboard.press("Enter");
  for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await ada.until(
    "a point is drawn",
    (count) => window.__coscope!.annotations().length === count,
    before + 1,
  );
  await page.keyboard.press("Control+z");
  await ada.until("it is undone", (count) => window.__coscope!.annotations().length === count, before);

  // The panel: a tab by arrow keys, a channel's window by arrow keys.
  await tabTo(/^(Layers|Channels|Objects)/);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.getByRole("tab", { name: "Channels", selected: true }).waitFor();
  await tabTo(/DAPI: full at/);
  const full = () => page.evaluate(() => window.__coscope!.workspace.channels.get()[0]!.max);
  const was = await full();
  await page.keyboard.press("ArrowRight");
  expect(await full()).toBe(was + 1);

  // Help opens with its key and gives the focus back.
  await tabTo(/Press question mark/, "Shift+Tab");
  await page.keyboard.press("?");
  await page.waitForFunction(() => document.activeElement?.closest("[role=dialog]"));
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await focused()).toMatch(/Press question mark/);
});

test("what has focus can be seen", async () => {
  await page.locator(".canvas").focus();
  for (let presses = 0; presses < 25; presses++) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return "nothing";
      // Thumbs, radios and switches draw the ring on what stands for them.
      const shown = [
        element,
        element.parentElement,
        element.nextElementSibling,
        element.previousElementSibling,
      ];
      const ringed = shown.some((part) => part && getComputedStyle(part).outlineStyle === "solid");
      const canvas = element.classList.contains("canvas");
      return ringed || canvas ? "ring" : element.outerHTML.slice(0, 160);
    });
    if (seen === "nothing") continue;
    expect(seen).toBe("ring");
  }
});
