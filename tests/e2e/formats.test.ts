import { afterAll, beforeAll, expect, test } from "vitest";
import { type FixtureServer, serveFixtures } from "../import/server.ts";
import { createWorld, type Person, type World } from "./harness.ts";

let world: World;
let fixtures: FixtureServer;
let ada: Person;

beforeAll(async () => {
  [world, fixtures] = await Promise.all([createWorld(), serveFixtures()]);
  ada = await world.join("Ada");
});

afterAll(async () => {
  await world?.close();
  await fixtures?.close();
});

// From another origin, as a link that somebody pastes.
test.each([
  ["slide.svs", 3],
  ["tzcyx.ome.tif", 2],
  ["imagej.tif", 2],
  ["dzi-overlap/dzi-overlap.dzi", 3],
  ["iiif3/info.json", 3],
  ["plain.png", 3],
  ["labelled.zarr", 2],
])("a link to %s is shown", async (name, channels) => {
  const answer = await ada.context.request.post(`${world.server.url}/api/images`, {
    data: { name, url: `${fixtures.url}/${name}` },
    headers: { origin: world.server.url },
  });
  const { id } = (await answer.json()) as { id: string };
  await ada.page.goto(`${world.server.url}/#image=${id}`);
  await ada.until(
    "the image is open",
    (wanted) => {
      const workspace = window.__coscope?.workspace;
      return workspace?.image.get().id === wanted && workspace.openState.get().kind === "ready";
    },
    id,
  );
  expect(await ada.page.evaluate(() => window.__coscope!.workspace.source.get()!.channels.length)).toBe(
    channels,
  );
  const canvas = ada.page.locator(".canvas");
  const box = (await canvas.boundingBox())!;
  // The value under the pointer comes from what was drawn; it is read when the pointer moves.
  let step = 0;
  const value = async () => {
    step++;
    await ada.page.mouse.move(box.x + box.width / 2 + (step % 9), box.y + box.height / 2 + (step % 7));
    return ada.page.evaluate(() => {
      const values = window.__coscope!.workspace.pointer.get()?.values ?? [];
      return Math.max(0, ...values.map((one) => one ?? 0));
    });
  };
  await expect.poll(value, { timeout: 30_000 }).toBeGreaterThan(0);
  expect(await ada.notices()).toEqual([]);
  if (process.env.COSCOPE_SHOTS) {
    await ada.page.screenshot({ path: `${process.env.COSCOPE_SHOTS}/${name.replaceAll("/", "-")}.png` });
  }
});
