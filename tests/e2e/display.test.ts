import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createWorld, type Person, PLACE, type World } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";

const CULTURE = "demo-culture";

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await createWorld();
  [ada, ben] = await Promise.all([
    world.join("Ada", { viewport: { width: 1100, height: 760 } }),
    world.join("Ben", { viewport: { width: 1000, height: 700 } }),
  ]);
});

afterAll(() => world?.close());

// A popover that a test which failed left open would be in the way of all that follow, and of its second try.
beforeEach(async () => {
  for (const { page } of [ada, ben]) {
    for (let tries = 0; tries < 3 && (await page.locator("[data-popup-open]").count()) > 0; tries++)
      await page.keyboard.press("Escape");
  }
});

async function go(person: Person, imageId: string, view = ""): Promise<void> {
  await person.page.goto(`${world.server.url}/#image=${imageId}${view}`);
  await person.until(
    "the other image",
    (wanted) => window.__coscope?.workspace.image.get().id === wanted,
    imageId,
  );
  await person.ready();
}

/** The first channel in magma and inverted: a look that nothing else gives. */
async function giveLook({ page }: Person): Promise<void> {
  await page.evaluate(() => {
    const { channels, actions } = window.__coscope!.workspace;
    actions.setChannels(
      channels.get().map((channel, i) => (i === 0 ? { ...channel, lut: "magma", inverted: true } : channel)),
    );
  });
}

const visible = (person: Person) =>
  person.page.evaluate(() => window.__coscope!.workspace.channels.get().map(({ visible }) => visible));

async function focusCanvas(person: Person): Promise<void> {
  await person.page.locator(".canvas").focus();
}

test("channels by keys and by the eye: one off, one alone and back, all off and on", async () => {
  const { page } = ada;
  await focusCanvas(ada);
  await page.keyboard.press("Alt+2");
  expect(await visible(ada)).toEqual([true, false, true, true]);
  await page.keyboard.press("Alt+Shift+3");
  expect(await visible(ada)).toEqual([false, false, true, false]);
  await page.keyboard.press("Alt+Shift+1");
  expect(await visible(ada)).toEqual([true, false, false, false]);
  await page.keyboard.press("Alt+Shift+1");
  expect(await visible(ada)).toEqual([true, false, true, true]);
  await page.keyboard.press("Alt+0");
  expect(await visible(ada)).toEqual([true, true, true, true]);
  await page.getByRole("tab", { name: "Channels" }).click();
  await page.getByRole("button", { name: "Hide Membrane" }).click({ modifiers: ["Alt"] });
  expect(await visible(ada)).toEqual([false, true, false, false]);
  await page.keyboard.press("Alt+0");
});

test("a colour map, an inverted channel, clipping that Auto obeys; the address carries it and opens again", async () => {
  const { page } = ada;
  const options = page.getByRole("button", { name: "Options" });
  if ((await options.getAttribute("aria-expanded")) !== "true") await options.click();
  await page.getByRole("button", { name: "Colour of DAPI" }).click();
  await page.getByRole("button", { name: "Magma" }).click();
  await page.getByRole("switch", { name: "Invert" }).check();
  await expectAccessible(page, "the colour of a channel, and the options");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const full = page.getByLabel("Percent of pixels that Auto leaves full");
  await full.fill("0.1");
  await page.keyboard.press("Enter");
  await ada.act("autoContrast", 1);
  const gentle = await page.evaluate(() => window.__coscope!.workspace.channels.get()[1]!.max);
  await full.fill("20");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Auto contrast for Membrane" }).click();
  await ada.until(
    "a lower full",
    (before) => window.__coscope!.workspace.channels.get()[1]!.max < before,
    gentle,
  );
  const shown = await page.evaluate(() => window.__coscope!.workspace.channels.get());
  // The address follows a moment later.
  await expect.poll(() => page.url()).toContain("i,magma");
  await expect.poll(() => page.url()).toContain(`,${shown[1]!.min},${shown[1]!.max},`);
  await page.reload();
  await ada.ready();
  expect(await page.evaluate(() => window.__coscope!.workspace.channels.get())).toEqual(shown);
});

test("a named view is there for everyone, with its picture; going there restores all of it", async () => {
  const { page } = ada;
  await giveLook(ada);
  await page.evaluate(async () => {
    // What a first try has left.
    const { views, actions } = window.__coscope!.workspace;
    for (const { id } of views.get() ?? []) await actions.deleteView(id);
    const viewer = window.__coscope!.viewer()!;
    viewer.setCamera({ cx: 31_000, cy: 21_000, zoom: 0.5, rotation: 30, flip: true });
  });
  await focusCanvas(ada);
  await page.keyboard.press("Shift+V");
  await page.getByRole("button", { name: "Save this view" }).click();
  await page.getByLabel("Name of the new view").fill("The margin");
  await page.keyboard.press("Enter");
  const picture = page.locator(".view-picture").first();
  await picture.waitFor();
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(192);
  await expectAccessible(page, "the saved views");
  await page.keyboard.press("Escape");

  await focusCanvas(ben);
  await ben.page.keyboard.press("Shift+V");
  await ben.page.getByRole("button", { name: "Go to The margin" }).click();
  await ben.until("the margin", () => {
    const { camera, channels } = window.__coscope!.workspace;
    const { cx, cy, rotation, flip } = camera.get();
    const [first] = channels.get();
    const there = Math.hypot(cx - 31_000, cy - 21_000) < 1 && Math.abs(rotation - 30) < 0.1 && flip === true;
    return there && first!.lut === "magma" && first!.inverted === true;
  });

  // A link to it opens it as it is by then, not as it was.
  const link = await ben.page.evaluate(() => {
    const { views, actions } = window.__coscope!.workspace;
    return actions.copyViewLink(views.get()![0]!.id);
  });
  await page.evaluate(async () => {
    const viewer = window.__coscope!.viewer()!;
    viewer.setCamera({ cx: 40_000, cy: 10_000, zoom: 0.5, rotation: 0, flip: false });
    const { views, actions } = window.__coscope!.workspace;
    const { id } = views.get()![0]!;
    await actions.updateView(id);
    await actions.renameView(id, "The new margin");
  });
  await ben.until(
    "the new name",
    () => window.__coscope!.workspace.views.get()![0]!.name === "The new margin",
  );
  await ben.page.goto("about:blank");
  await ben.page.goto(link);
  await ben.ready();
  await ben.until("the new margin", () => {
    const { cx, cy } = window.__coscope!.workspace.camera.get();
    return Math.hypot(cx - 40_000, cy - 10_000) < 1;
  });
  await page.evaluate(async () => {
    const { views, actions } = window.__coscope!.workspace;
    await actions.deleteView(views.get()![0]!.id);
  });
  await ben.until("it is gone", () => window.__coscope!.workspace.views.get()!.length === 0);
});

test("a preset is saved for the project and gives its look back", async () => {
  const { page } = ada;
  await giveLook(ada);
  await page.getByRole("tab", { name: "Channels" }).click();
  await page.getByRole("button", { name: "Save these channels as a preset" }).click();
  await page.getByLabel("Name of the new preset").fill("Margin look");
  await page.keyboard.press("Enter");
  const preset = ben.page.getByRole("button", { name: "Margin look", exact: true }).first();
  await ben.page.getByRole("tab", { name: "Channels" }).click();
  await preset.waitFor();
  await ben.page.evaluate(() => {
    const { channels, actions } = window.__coscope!.workspace;
    actions.setChannels(channels.get().map((channel) => ({ ...channel, lut: null, gamma: 3 })));
  });
  await preset.click();
  await ben.until("the look", () => {
    const [first] = window.__coscope!.workspace.channels.get();
    return first!.lut === "magma" && first!.gamma === 1;
  });
});

test("the ruler measures by mouse and by keyboard, makes no annotation, and Esc clears it", async () => {
  const { page } = ada;
  await page.evaluate(({ cx, cy }) => {
    window.__coscope!.viewer()!.setCamera({ cx, cy, zoom: 1, rotation: 0, flip: false });
  }, PLACE);
  await focusCanvas(ada);
  await page.keyboard.press("u");
  await ada.drag({ x: PLACE.cx - 100, y: PLACE.cy }, { x: PLACE.cx + 100, y: PLACE.cy });
  // 200 px of 0.325 µm.
  await page.getByText("65 µm").waitFor();
  await expectAccessible(page, "the ruler");
  await page.keyboard.press("Escape");
  await page.locator(".ruler").waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByText("13 µm").waitFor();
  for (let i = 0; i < 2; i++) await page.keyboard.press("Escape");
  expect(await ada.annotations()).toHaveLength(0);
  await page.keyboard.press("v");
});

test("turned and mirrored by keys, by the dial and by number; the status bar says so and undoes it", async () => {
  const { page } = ada;
  await focusCanvas(ada);
  await page.keyboard.press("Shift+Q");
  await page.keyboard.press("Alt+Shift+Q");
  await page.keyboard.press("Shift+M");
  await page.getByRole("button", { name: /Rotation: .*mirrored/ }).click();
  const dial = page.getByRole("slider", { name: "Rotation" });
  await dial.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await ada.until(
    "1°",
    () => Math.abs(window.__coscope!.workspace.camera.get().rotation + 1) < 0.1,
    undefined,
  );
  await page.getByLabel("Rotation in degrees").fill("45");
  await page.keyboard.press("Enter");
  // Mirrored, so the camera itself is turned the other way.
  await ada.until("45°", () => Math.abs(window.__coscope!.workspace.camera.get().rotation + 45) < 0.1);
  await expectAccessible(page, "the rotation");
  await page.getByRole("button", { name: "Reset", exact: true }).last().click();
  await ada.until("upright", () => {
    const { rotation, flip } = window.__coscope!.workspace.camera.get();
    return rotation === 0 && !flip;
  });
  await page.keyboard.press("Escape");
});

test("beyond the image's own pixels it is said", async () => {
  const hint = ada.page.getByText("beyond the image’s own pixels");
  expect(await hint.count()).toBe(0);
  await focusCanvas(ada);
  await ada.page.keyboard.press("+");
  await ada.page.keyboard.press("+");
  await hint.waitFor();
});

test("depth and time: playing goes on by itself; who follows sees time, projection, colour map and mirror", async () => {
  await go(ada, CULTURE);
  await go(ben, CULTURE);
  const { page } = ada;
  await ben.page.getByRole("button", { name: "Follow Ada" }).click();
  await focusCanvas(ada);
  await page.keyboard.press("Shift+PageUp");
  await ben.until("the second time", () => window.__coscope!.workspace.plane.get().t === 1);
  await page.keyboard.press("t");
  await page.getByRole("button", { name: "Pause time" }).waitFor();
  await ben.until("a later time", () => window.__coscope!.workspace.plane.get().t >= 3);
  await page.keyboard.press("t");
  await page.getByRole("button", { name: "Play time" }).waitFor();
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+M");
  await page.evaluate(() => {
    const { channels, actions } = window.__coscope!.workspace;
    actions.setChannels(
      channels
        .get()
        .map((channel, i) => (i === 0 ? { ...channel, lut: "viridis", inverted: true } : channel)),
    );
  });
  const t = await page.evaluate(() => window.__coscope!.workspace.plane.get().t);
  await ben.until(
    "all of it",
    (wanted) => {
      const { plane, camera, channels } = window.__coscope!.workspace;
      const [first] = channels.get();
      return (
        plane.get().t === wanted &&
        plane.get().projection === "max" &&
        camera.get().flip === true &&
        first!.lut === "viridis" &&
        first!.inverted === true
      );
    },
    t,
  );
  await page.getByRole("button", { name: "How it is played" }).click();
  await page.getByText("Planes a second").waitFor();
  await expectAccessible(page, "depth and time, and how they are played");
});
