import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld, type Person, type World } from "./harness.ts";

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await createWorld();
  ada = await world.join("Ada");
});

afterAll(() => world?.close());

function viewOf(person: Person) {
  return person.page.evaluate(() => {
    const { camera, plane, channels, selection } = window.__coscope!.workspace;
    return {
      camera: camera.get(),
      plane: plane.get(),
      channels: channels.get(),
      selection: [...selection.get()],
    };
  });
}

test("a link restores place, zoom, rotation, contrast and the selected annotation, without filling the history", async () => {
  await ada.key("r");
  await ada.drag({ x: 30_000, y: 20_000 }, { x: 30_060, y: 20_050 });
  await ada.saved();
  await ada.key("v");
  await ada.click({ x: 30_030, y: 20_025 });
  await ada.page.evaluate(() => {
    const { workspace, viewer } = window.__coscope!;
    viewer()!.setCamera({ cx: 30_011.25, cy: 19_980.5, zoom: 2.5, rotation: 25 });
    workspace.actions.setChannels(
      workspace.channels
        .get()
        .map((channel, i) =>
          i === 1 ? { ...channel, visible: false } : { ...channel, min: 10 * i, max: 3000, gamma: 0.8 },
        ),
    );
  });
  const before = await ada.page.evaluate(() => history.length);
  const href = await ada.page.evaluate(() => window.__coscope!.workspace.actions.copyLink());
  const ben = await world.join("Ben", { view: new URL(href).hash.replace(/^#image=demo/, "") });
  await ben.until("the selection", () => window.__coscope!.workspace.selection.get().size === 1);
  const [a, b] = await Promise.all([viewOf(ada), viewOf(ben)]);
  expect({ ...b, camera: null }).toEqual({ ...a, camera: null });
  expect(b.camera.cx).toBeCloseTo(a.camera.cx, 1);
  expect(b.camera.cy).toBeCloseTo(a.camera.cy, 1);
  expect(b.camera.zoom).toBeCloseTo(a.camera.zoom, 4);
  expect(b.camera.rotation).toBeCloseTo(a.camera.rotation, 2);
  expect(await ada.page.evaluate(() => history.length)).toBe(before);
  await expect.poll(() => ada.page.url()).toBe(href);
});

test("a link pasted over another view of the same image goes there", async () => {
  await ada.page.evaluate(() => {
    location.hash = "#image=demo&at=1234,2345,0.5";
  });
  await ada.until("the place", () => Math.abs(window.__coscope!.workspace.camera.get().cx - 1234) < 1);
  expect((await viewOf(ada)).camera).toMatchObject({
    zoom: expect.closeTo(0.5, 4),
    rotation: expect.closeTo(0, 3),
  });
});

test("a link to an annotation that is gone says so", async () => {
  const ben = await world.join("Ben", { view: "&at=30000,20000,1&annotation=nowhere.xyz" });
  await expect.poll(async () => (await ben.notices()).join()).toMatch(/no longer there/);
  expect((await viewOf(ben)).selection).toEqual([]);
});
