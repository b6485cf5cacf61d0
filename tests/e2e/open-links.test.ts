import { afterAll, beforeAll, expect, test } from "vitest";
import { type FixtureServer, serveFixtures } from "../import/server.ts";
import { createWorld, type JoinOptions, type Person, type World } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";
import { focused, paste } from "./support/paste.ts";
import { expectPixelsOf } from "./support/pixels.ts";
import { type PlateHost, servePlate } from "./support/plate-host.ts";
import { shoot } from "./support/shoot.ts";

/** Pictures are drawn while everything else goes on. */
const PATIENCE = { timeout: 30_000 };

let world: World;
let fixtures: FixtureServer;
let screen: PlateHost;
let ada: Person;
let ben: Person | null = null;

beforeAll(async () => {
  [world, fixtures, screen] = await Promise.all([createWorld(), serveFixtures(), servePlate()]);
  ada = await world.join("Ada", { viewport: { width: 1200, height: 760 } });
});

afterAll(async () => {
  await world?.close();
  await fixtures?.close();
  await screen?.close();
});

const found = () => ada.page.getByRole("region", { name: "What is there" });

/** A colleague, who comes when first needed. */
async function benAt(options: JoinOptions): Promise<Person> {
  ben ??= await world.join("Ben", options);
  return ben;
}

/** The image that a press just opened. */
async function opened(): Promise<string> {
  await ada.page.waitForURL(/#image=/);
  await ada.ready();
  return ada.page.evaluate(() => window.__coscope!.workspace.image.get().name);
}

test.each([
  ["v04-tczyx.zarr", /50 × 40 px.*2 channels.*3 z planes.*2 time points/],
  ["v05-cyx.zarr", /90 × 70 px.*3 channels/],
  ["v05-sharded.zarr", /150 × 120 px.*2 channels/],
  ["dzi-overlap/dzi-overlap.dzi", /221 × 190 px.*colour/],
  ["iiif3/info.json", /141 × 170 px.*colour/],
  ["pyramid.ome.tif", /190 × 150 px.*3 channels.*16 bit/],
  ["imagej.tif", /50 × 40 px.*2 channels.*3 z planes.*2 time points/],
  ["slide.svs", /300 × 260 px.*colour/, 3],
  ["plain.png", /100 × 80 px.*colour/],
  ["turned.jpg", /96 × 64 px.*colour/, 3],
])("%s: a paste shows what it is, Enter opens it, its pixels are right", async (path, facts, off = 0) => {
  const url = `${fixtures.url}/${path}`;
  await paste(ada.page, world.server.url, url);
  await found().getByRole("button", { name: "Add and open" }).waitFor();
  expect((await found().textContent()) ?? "").toMatch(facts);
  expect(await focused(ada.page)).toBe("Add and open");
  await ada.page.keyboard.press("Enter");
  await opened();
  await expectPixelsOf(ada, url, off);
  expect(await ada.notices()).toEqual([]);
  await shoot(ada.page, `open-${path}`);
});

test("a link to a viewer is a link to its image", async () => {
  const url = `${fixtures.url}/v05-yx.zarr`;
  await paste(
    ada.page,
    world.server.url,
    `https://hms-dbmi.github.io/vizarr/?source=${encodeURIComponent(url)}`,
  );
  await found().getByLabel("Name").fill("From Vizarr");
  await ada.page.keyboard.press("Enter");
  expect(await opened()).toBe("From Vizarr");
  expect(await ada.page.evaluate(() => window.__coscope!.workspace.image.get().url)).toBe(url);
});

test("an image of this server, and a link to one that is open here", async () => {
  await paste(ada.page, world.server.url, `${world.server.url}/demo/stack.zarr`);
  await found()
    .getByText(/in the list already/)
    .getByRole("link", { name: /open/ })
    .waitFor();
  await paste(ada.page, world.server.url, `${world.server.url}/#image=demo&at=30000,20000,1`);
  expect(await opened()).toBe("Demo slide");
  const { cx, zoom } = await ada.page.evaluate(() => window.__coscope!.viewer()!.camera());
  expect(cx).toBeCloseTo(30_000);
  expect(zoom).toBeCloseTo(1);
});

test("a series: chosen by pictures, its neighbours are one key away", async () => {
  await paste(ada.page, world.server.url, `${fixtures.url}/series.zarr/`);
  const boxes = found().getByRole("checkbox");
  await boxes.first().waitFor();
  expect(await boxes.count()).toBe(3);
  await expect.poll(() => found().locator("img").count(), PATIENCE).toBe(3);
  await expectAccessible(ada.page, "the chooser of a series");
  await shoot(ada.page, "series-chooser");
  // Two of them, by keyboard: the list has them both, then.
  await boxes.nth(1).focus();
  await ada.page.keyboard.press("Space");
  await found().getByRole("button", { name: "Add 2 images" }).press("Enter");
  const second = ada.page.getByRole("link", { name: "Open scan & zoom" });
  await second.waitFor();
  expect(await ada.page.getByRole("link", { name: "Open series" }).count()).toBe(0);
  await second.click();
  expect(await opened()).toBe("scan & zoom");
  await expectPixelsOf(ada, `${fixtures.url}/series.zarr/1`);

  await ada.page.getByRole("button", { name: "Next image" }).waitFor();
  await ada.key("]");
  await ada.until("the third image", () => window.__coscope?.workspace.image.get().name === "third");
  await ada.ready();
  await expectPixelsOf(ada, `${fixtures.url}/series.zarr/2`);
  await ada.key("]");
  await expect.poll(async () => (await ada.notices()).join(), PATIENCE).toMatch(/last one/);
  await shoot(ada.page, "series-open");
});

test("images of one file: chosen by pictures, each keeps its place in the address", async () => {
  const file = `${fixtures.url}/several.ome.tif`;
  await paste(ada.page, world.server.url, file);
  const boxes = found().getByRole("checkbox");
  await boxes.first().waitFor();
  await expect.poll(() => found().locator("img").count(), PATIENCE).toBe(3);
  await shoot(ada.page, "several-chooser");
  // Not the photograph of the glass.
  await found().getByRole("button", { name: "All" }).click();
  expect(await boxes.evaluateAll((all: HTMLInputElement[]) => all.map(({ checked }) => checked))).toEqual([
    true,
    true,
    false,
  ]);
  await boxes.nth(0).uncheck();
  await found().getByRole("button", { name: "Add and open" }).press("Enter");
  expect(await opened()).toBe("stack");
  expect(await ada.page.evaluate(() => window.__coscope!.workspace.image.get().url)).toBe(`${file}#image=2`);
  await expectPixelsOf(ada, `${file}#image=2`);
  await ada.page.getByRole("button", { name: "Previous image" }).waitFor();
  await ada.key("[");
  await ada.until("the first one", () => window.__coscope?.workspace.image.get().name === "cells");
  await ada.ready();
  await expectPixelsOf(ada, `${file}#image=1`);
});

test("a plate of 96 wells: all of it in view, asked for once, walked by keys", async () => {
  await paste(ada.page, world.server.url, screen.plate);
  await found()
    .getByText(/8 × 12 wells, 95 of them imaged/)
    .waitFor();
  await ada.page.keyboard.press("Enter");
  const map = ada.page.getByRole("grid", { name: "Plate, 8 × 12 wells" });
  await map.getByRole("button", { name: "Well H12" }).waitFor();
  expect(await map.getByRole("button").count()).toBe(95);
  const scroll = ada.page.locator(".plate-scroll");
  expect(await scroll.evaluate((box) => box.scrollWidth <= box.clientWidth)).toBe(true);
  await shoot(ada.page, "plate-96");
  await map.getByRole("button", { name: "Well D6" }).focus();
  await ada.page.keyboard.press("ArrowRight");
  expect(await focused(ada.page)).toBe("Well D8");
  await ada.page.keyboard.press("Control+End");
  expect(await focused(ada.page)).toBe("Well H12");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByRole("list", { name: "Fields of well H12" }).getByRole("button").press("Enter");
  expect(await opened()).toBe("H12");
  await expectPixelsOf(ada, `${fixtures.url}/plate.zarr/A/1/0`);
  // No well was looked into but the first and the last.
  const metadata = screen.asked.filter((path) => /\/[A-H]\/\d+\/zarr\.json$/.test(path));
  expect(new Set(metadata.map((path) => path.split("/").slice(2, 4).join("")))).toEqual(
    new Set(["A1", "H12"]),
  );
});

test("a plate: map, well, field, and the same field for a colleague", async () => {
  await paste(ada.page, world.server.url, `${fixtures.url}/plate.zarr`);
  await found()
    .getByText(/2 × 3 wells, 3 of them imaged/)
    .waitFor();
  await ada.page.keyboard.press("Enter");
  const map = ada.page.getByRole("grid", { name: /Plate/ });
  await map.waitFor();
  const fields = ada.page.getByRole("list", { name: /Fields of well/ }).getByRole("button");
  await expect.poll(() => fields.count(), PATIENCE).toBe(2);
  await expect.poll(() => fields.locator("img").count(), PATIENCE).toBe(2);
  await expectAccessible(ada.page, "the map of a plate");
  await shoot(ada.page, "plate");

  // From A1 over the empty A2 to A3, by keyboard alone.
  await map.getByRole("button", { name: "Well A1" }).focus();
  await ada.page.keyboard.press("ArrowRight");
  expect(await focused(ada.page)).toBe("Well A3");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByRole("heading", { name: "Well A3" }).waitFor();
  await fields.nth(1).press("Enter");
  expect(await opened()).toBe("A3 · Field 2");
  await expectPixelsOf(ada, `${fixtures.url}/plate.zarr/A/3/1`);
  await ada.key(".");
  const box = (await ada.page.locator(".canvas").boundingBox())!;
  await ada.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await ada.until("the point", () => window.__coscope!.annotations().length === 1);
  await ada.saved();

  // The next field is the first of B2; the contrast goes along, the point does not.
  await ada.act("setChannels", [{ visible: true, min: 7, max: 70, gamma: 1, color: 0xffffff }]);
  await ada.key("]");
  await ada.until("B2", () => window.__coscope?.workspace.image.get().name === "B2 · Field 1");
  await ada.ready();
  expect(await ada.annotations()).toEqual([]);
  expect(await ada.page.evaluate(() => window.__coscope!.workspace.channels.get()[0]!.max)).toBe(70);

  // The map is at hand; the field that was annotated is the same image again.
  await ada.page.getByRole("button", { name: "Map of the plate" }).click();
  const pop = ada.page.getByRole("dialog");
  await pop.getByRole("button", { name: "Well A3, opened before" }).click();
  await expectAccessible(ada.page, "the map beside the image");
  await shoot(ada.page, "plate-pop");
  await pop.getByRole("list", { name: "Fields of well A3" }).getByRole("button").nth(1).click();
  await ada.until("A3 again", () => window.__coscope?.workspace.image.get().name === "A3 · Field 2");
  await ada.ready();
  expect(await ada.annotations()).toHaveLength(1);

  // One card for the plate, none for its fields.
  await ada.page.goto(`${world.server.url}/#`);
  await ada.page.getByRole("link", { name: "Open plate", exact: true }).first().waitFor();
  expect(await ada.page.getByRole("link", { name: /Field/ }).count()).toBe(0);
});

test("labels of the image: shown, outlined, named under the cursor", async () => {
  await paste(ada.page, world.server.url, `${fixtures.url}/labelled.zarr`);
  await found().getByRole("button", { name: "Add and open" }).waitFor();
  expect((await found().textContent()) ?? "").toMatch(/80 × 64 px.*Labels: cells, nuclei/);
  await ada.page.keyboard.press("Enter");
  await opened();
  await ada.page.getByRole("tab", { name: "Layers" }).click();
  const section = ada.page.getByRole("region", { name: "Labels from the image" });
  await section.getByRole("button", { name: "Show cells" }).click();
  await ada.until("the labels are there", () =>
    window.__coscope!.workspace.labels.get().some(({ name, state }) => name === "cells" && state === "ready"),
  );
  // Over all of the picture there is a label somewhere.
  const box = (await ada.page.locator(".canvas").boundingBox())!;
  let step = 0;
  const under = async () => {
    step++;
    await ada.page.mouse.move(
      box.x + (box.width * (3 + (step % 7))) / 12,
      box.y + (box.height * (3 + (step % 5))) / 12,
    );
    return ada.page.evaluate(() => window.__coscope!.workspace.pointer.get()?.label ?? null);
  };
  await expect.poll(under, PATIENCE).toMatchObject({ name: "cells", value: expect.any(Number) });
  await ada.page
    .locator(".readout")
    .getByText(/cells \d+/)
    .waitFor();
  await section.getByRole("button", { name: "Only the outlines of cells" }).click();
  await expectAccessible(ada.page, "the labels of the image");
  await shoot(ada.page, "labels");
  // Remembered on this computer.
  await ada.page.reload();
  await ada.ready();
  await section.getByRole("button", { name: "Hide cells" }).waitFor();
});

test("who follows somebody to another field is asked before", async () => {
  await ada.page.goto(`${world.server.url}/#`);
  await ada.page.getByRole("link", { name: "Open plate", exact: true }).first().click();
  await ada.page.getByRole("list", { name: "Fields of well A1" }).getByRole("button").first().press("Enter");
  await opened();
  const imageId = await ada.page.evaluate(() => window.__coscope!.workspace.image.get().id);
  const guest = await benAt({ imageId, view: "", viewport: { width: 1200, height: 760 } });
  await guest.page.getByRole("button", { name: "Follow Ada" }).click();
  await ada.until("a follower", () => window.__coscope!.workspace.followers.get().length === 1);
  const nameAt = (person: Person, name: string) =>
    person.until("the field", (wanted) => window.__coscope?.workspace.image.get().name === wanted, name);

  await ada.page.getByRole("button", { name: "Next field" }).waitFor();
  await ada.key("]");
  await guest.page.getByText("Ada went on to “A1 · Field 2”.").waitFor();
  await shoot(guest.page, "went-on");
  await guest.page.getByRole("button", { name: "Go along" }).click();
  await nameAt(guest, "A1 · Field 2");
  await guest.until("following again", () => window.__coscope?.workspace.following.get() != null);
  await ada.until("a follower again", () => window.__coscope!.workspace.followers.get().length === 1);

  await ada.key("[");
  await guest.page.getByText("Ada went on to “A1 · Field 1”.").waitFor();
  await guest.key("Escape");
  await guest.page.getByRole("button", { name: "Go along" }).waitFor({ state: "detached" });
  await nameAt(guest, "A1 · Field 2");
});

test("the list: small pictures come from this server alone, also for who did not add them", async () => {
  const { page } = await benAt({ viewport: { width: 1200, height: 760 } });
  // Nobody looks at an image any more.
  for (const one of [ada.page, page]) await one.goto("about:blank");
  fixtures.asked.length = 0;
  await page.goto(`${world.server.url}/#`);
  await expect.poll(() => page.locator(".image-card img").count(), PATIENCE).toBeGreaterThan(10);
  expect(fixtures.asked).toEqual([]);
  await page.getByLabel("Search images").fill("vizarr");
  await expect.poll(() => page.locator(".image-card").count(), PATIENCE).toBe(1);
  await page.getByLabel("Search images").fill("");
  await expectAccessible(page, "the list of many images");
  await shoot(page, "list");
});
