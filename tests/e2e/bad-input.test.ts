import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld, type Person, type World } from "./harness.ts";
import { type ImageHost, startImageHost } from "./support/image-host.ts";

let world: World;
let host: ImageHost;
let ada: Person;

beforeAll(async () => {
  [world, host] = await Promise.all([createWorld(), startImageHost()]);
  ada = await world.join("Ada");
});

afterAll(async () => {
  await world?.close();
  await host?.close();
});

/** Adds an image under that address and opens it, whatever comes of it. */
async function open(url: string): Promise<void> {
  const answer = await ada.context.request.post(`${world.server.url}/api/images`, {
    data: { name: "An image", url },
    headers: { origin: world.server.url },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  await ada.page.goto(`${world.server.url}/#image=${id}`);
  await ada.until(
    "the image opens or fails",
    (wanted) => {
      const workspace = window.__coscope?.workspace;
      return workspace?.image.get().id === wanted && workspace.openState.get().kind !== "opening";
    },
    id,
  );
}

async function card(): Promise<string> {
  const alert = ada.page.getByRole("alert").filter({ has: ada.page.getByRole("heading") });
  await alert.waitFor();
  return (await alert.textContent()) ?? "";
}

test("an address where nobody answers", async () => {
  await open("http://127.0.0.1:9/slide.zarr");
  expect(await card()).toMatch(/cannot be reached[\s\S]*127\.0\.0\.1:9[\s\S]*try again/i);
});

test("a server that does not let other pages read it", async () => {
  await open(`${host.url}/closed.zarr`);
  // From inside a page a refusal and a dead server look alike unless one asks differently.
  expect(await card()).toMatch(/does not let this page read it[\s\S]*CORS/i);
});

test("nothing at the address", async () => {
  await open(`${host.url}/nothing.zarr`);
  expect(await card()).toMatch(/no image at this address[\s\S]*\/nothing\.zarr[\s\S]*Check the address/i);
});

test("not an OME-Zarr", async () => {
  await open(`${host.url}/text.zarr`);
  expect(await card()).toMatch(/not an image that Coscope can read/i);
});

test.each(["truncated", "holes"])(
  "chunks that are %s: the rest is there, and drawing goes on",
  async (kind) => {
    await open(`${host.url}/${kind}.zarr`);
    await expect
      .poll(async () => (await ada.notices()).join("\n"), { timeout: 30_000 })
      .toMatch(/part of the image .*(damaged|missing|could not be read)|parts of the image are missing/i);
    await ada.key(".");
    const box = (await ada.page.locator(".canvas").boundingBox())!;
    await ada.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await ada.until("the point", () => window.__coscope!.annotations().length === 1);
    await ada.saved();
  },
);

test("after it was put right, one click opens it; the server is up all the while", async () => {
  await open("http://127.0.0.1:9/slide.zarr");
  const id = await ada.page.evaluate(() => window.__coscope!.workspace.image.get().id);
  await ada.page.getByRole("button", { name: "Try again" }).click();
  expect(await card()).toMatch(/cannot be reached/);
  expect((await ada.context.request.get(`${world.server.url}/readyz`)).ok()).toBe(true);
  await ada.page.goto(`${world.server.url}/#image=demo`);
  await ada.until("the demo", (other) => window.__coscope?.workspace.image.get().id !== other, id);
  await ada.ready();
});
