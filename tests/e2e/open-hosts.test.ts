import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FixtureServer, images, serveFixtures, storedZip } from "../import/server.ts";
import { S3Server, s3Program } from "../support/s3.ts";
import { createWorld, type Person, type World } from "./harness.ts";
import { expectAccessible } from "./support/axe.ts";
import { paste } from "./support/paste.ts";
import { expectPixelsOf } from "./support/pixels.ts";
import { shoot } from "./support/shoot.ts";

/** Hosts that are not as a page would like them. */
let closed: FixtureServer;
let locked: FixtureServer;
let strict: FixtureServer;
let whole: FixtureServer;
let stranger: FixtureServer;
/** Where the pixels come from that are compared with. */
let open: FixtureServer;
/** A private bucket. */
let s3: S3Server | null = null;
let world: World;
let ada: Person;

beforeAll(async () => {
  [closed, locked, strict, whole, stranger, open] = await Promise.all([
    serveFixtures({ cors: false }),
    serveFixtures({ cors: false, key: "sesame" }),
    serveFixtures({ missing: 403 }),
    serveFixtures({ ranges: false }),
    serveFixtures({ cors: false }),
    serveFixtures(),
  ]);
  s3 = s3Program ? await S3Server.start() : null;
  const allowed = [closed.url, locked.url, ...(s3 ? [s3.endpoint] : [])];
  world = await createWorld({ allowHosts: allowed.map((url) => new URL(url).host) });
  ada = await world.join("Ada", { viewport: { width: 1200, height: 900 } });
});

afterAll(async () => {
  await world?.close();
  await s3?.remove();
  await Promise.all([closed, locked, strict, whole, stranger, open].map((host) => host?.close()));
});

const found = () => ada.page.getByRole("region", { name: "What is there" });

async function opened(): Promise<void> {
  await ada.page.waitForURL(/#image=/);
  await ada.ready();
}

/** Of each format it is tested without a page; see readers-through-server. */
test.each(["v05-cyx.zarr", "iiif3/info.json"])(
  "%s on a host that shares with no page: through the server, pixel for pixel",
  async (path) => {
    await paste(ada.page, world.server.url, `${closed.url}/${path}`);
    const offer = ada.page.getByRole("button", { name: "Open through the server" });
    await offer.waitFor();
    expect(await ada.page.getByRole("alert").textContent()).toMatch(/does not let this page read it/);
    await expectAccessible(ada.page, "the offer to go through the server");
    await shoot(ada.page, "through-the-server");
    await offer.press("Enter");
    await found().getByRole("button", { name: "Add and open" }).press("Enter");
    await opened();
    await expectPixelsOf(ada, `${open.url}/${path}`, 0);
  },
);

test("a plate through the server: its fields too; what is only looked at leaves nothing", async () => {
  const look = async () => {
    await paste(ada.page, world.server.url, `${closed.url}/plate.zarr`);
    await ada.page.getByRole("button", { name: "Open through the server" }).press("Enter");
    await found().getByRole("button", { name: "Add and open" }).waitFor();
  };
  await look();
  await ada.page.reload();
  const listed = await ada.context.request.get(`${world.server.url}/api/images`);
  expect(await listed.text()).not.toContain("plate.zarr");
  await look();
  await found().getByRole("button", { name: "Add and open" }).press("Enter");
  await ada.page.getByRole("button", { name: "Well B2" }).press("Enter");
  await ada.page.getByRole("list", { name: "Fields of well B2" }).getByRole("button").nth(1).press("Enter");
  await opened();
  await expectPixelsOf(ada, `${open.url}/plate.zarr/B/2/1`);
});

test("an address that needs a key: given once, kept by the server, in no link", async () => {
  await paste(ada.page, world.server.url, `${locked.url}/v05-yx.zarr`);
  const form = ada.page.getByRole("form", { name: "A key for this address" });
  await form.getByLabel("Header", { exact: true }).first().check();
  await form.getByRole("textbox", { name: "Header" }).fill("X-Key");
  await form.getByLabel("Value").fill("sesame");
  await expectAccessible(ada.page, "the form for a key");
  await shoot(ada.page, "key-form");
  await form.getByRole("button", { name: "Keep the key and look again" }).press("Enter");
  await ada.page.getByRole("button", { name: "Open through the server" }).press("Enter");
  await found().getByRole("button", { name: "Add and open" }).press("Enter");
  await opened();
  await expectPixelsOf(ada, `${open.url}/v05-yx.zarr`);
  expect(await ada.page.content()).not.toContain("sesame");
  expect(ada.page.url()).not.toContain("sesame");

  const kept = await ada.context.request.get(`${world.server.url}/api/connections`);
  expect(await kept.text()).not.toContain("sesame");

  // Taken away again: the pixels are no longer to be had.
  const url = await ada.page.evaluate(() => window.__coscope!.workspace.image.get().url);
  await ada.page.goto(`${world.server.url}/#`);
  await ada.page.getByText("Keys for private addresses").click();
  await ada.page.getByRole("button", { name: /Remove the key of/ }).press("Enter");
  await ada.page.getByText("None. When an address asks for a key").waitFor();
  const refused = await ada.context.request.get(`${world.server.url}${url}/zarr.json`);
  expect(refused.ok()).toBe(false);

  // The page says what the server says.
  await ada.page.getByRole("link", { name: "Open v05-yx" }).click();
  const alert = ada.page.getByRole("alert");
  await alert.waitFor();
  expect((await alert.textContent()) ?? "").toMatch(
    /could not read the image.*does not take our credentials.*Add a connection/,
  );
  await ada.page.getByRole("form", { name: "A key for this address" }).waitFor();
  await expectAccessible(ada.page, "an image whose key is gone");
  await shoot(ada.page, "key-gone");
});

test.skipIf(!s3Program)("S3 keys through the form: wrong ones, then the right ones", async () => {
  const { dir, bucket, endpoint, accessKeyId, secretAccessKey } = s3!;
  for (const [name, bytes] of storedZip(readFileSync(join(images, "v05-cyx.zarr.zip")))) {
    const path = join(dir, "objects", bucket, "lab", "v05-cyx.zarr", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  await paste(ada.page, world.server.url, `${endpoint}/${bucket}/lab/v05-cyx.zarr`);
  const form = ada.page.getByRole("form", { name: "A key for this address" });
  const keep = async (secret: string) => {
    await form.getByLabel("Access key").fill(accessKeyId);
    await form.getByLabel("Secret key").fill(secret);
    await form.getByRole("button", { name: "Keep the key and look again" }).press("Enter");
  };
  await form.waitFor();
  await shoot(ada.page, "s3-form");
  await keep("not the secret");
  await ada.page.getByText("Keys for private addresses").click();
  await ada.page.getByRole("button", { name: /Remove the key of/ }).press("Enter");
  await ada.page.getByText("None. When an address asks for a key").waitFor();
  await keep(secretAccessKey);
  await ada.page.getByRole("button", { name: "Open through the server" }).press("Enter");
  await found().getByRole("button", { name: "Add and open" }).press("Enter");
  await opened();
  await expectPixelsOf(ada, `${open.url}/v05-cyx.zarr`);
  const kept = await ada.context.request.get(`${world.server.url}/api/connections`);
  expect(await kept.text()).not.toContain(secretAccessKey);
});

test("an image of a file through the server: which one stays in the address", async () => {
  await paste(ada.page, world.server.url, `${closed.url}/several.ome.tif`);
  await ada.page.getByRole("button", { name: "Open through the server" }).press("Enter");
  const boxes = found().getByRole("checkbox");
  await boxes.nth(1).check();
  await boxes.nth(0).uncheck();
  await found().getByRole("button", { name: "Add and open" }).press("Enter");
  await opened();
  const url = await ada.page.evaluate(() => window.__coscope!.workspace.image.get().url);
  expect(url).toMatch(/^\/api\/images\/[^/]+\/source\/several\.ome\.tif#image=2$/);
  await expectPixelsOf(ada, `${open.url}/several.ome.tif#image=2`);
});

test("an image that was added without a look: the offer is there when it is opened", async () => {
  const answer = await ada.context.request.post(`${world.server.url}/api/images`, {
    data: { name: "Closed", url: `${closed.url}/v05-yx.zarr` },
    headers: { origin: world.server.url },
  });
  const { id } = (await answer.json()) as { id: string };
  await ada.page.goto(`${world.server.url}/#image=${id}`);
  await ada.page.getByRole("button", { name: "Open through the server" }).press("Enter");
  await ada.until("it opens", () => window.__coscope?.workspace.openState.get().kind === "ready");
  await expectPixelsOf(ada, `${open.url}/v05-yx.zarr`);
});

test("a plate that was added without a look: its first field is shown, and the way to all of them", async () => {
  const answer = await ada.context.request.post(`${world.server.url}/api/images`, {
    data: { name: "Screen", url: `${open.url}/plate-v04.zarr` },
    headers: { origin: world.server.url },
  });
  const { id } = (await answer.json()) as { id: string };
  await ada.page.goto(`${world.server.url}/#image=${id}`);
  await ada.page.getByText("The file is a plate").waitFor();
  await ada.page.getByRole("button", { name: "Show all of them" }).click();
  await ada.page.getByRole("button", { name: "Well A1" }).waitFor();
  const row = await ada.context.request.get(`${world.server.url}/api/images/${id}`);
  expect(await row.json()).toMatchObject({ kind: "plate", revision: 2 });
});

test("a host that the operator has not allowed: what to add is said, and nobody asked it from here", async () => {
  stranger.asked.length = 0;
  await paste(ada.page, world.server.url, `${stranger.url}/v05-yx.zarr`);
  await ada.page.getByText(`--allow-host ${new URL(stranger.url).host}`).waitFor();
  expect(await ada.page.getByRole("button", { name: "Open through the server" }).count()).toBe(0);
  await shoot(ada.page, "not-allowed");
});

test("403 for what is missing, and a host that sends no parts", async () => {
  // 0.4 has files that 0.5 has not, and the other way round: one of them is asked for in vain.
  for (const [host, path] of [
    [strict, "v04-tczyx.zarr"],
    [whole, "pyramid.ome.tif"],
    [whole, "v05-sharded.zarr"],
  ] as const) {
    await paste(ada.page, world.server.url, `${host.url}/${path}`);
    await found().getByRole("button", { name: "Add and open" }).press("Enter");
    await opened();
    await expectPixelsOf(ada, `${open.url}/${path}`);
  }
});

test.each([
  ["nothing there", () => `${open.url}/nothing.zarr`, /no image at this address.*nothing\.zarr/i],
  ["nobody there", () => "http://127.0.0.1:9/slide.zarr", /cannot be reached.*127\.0\.0\.1:9/i],
  ["a page", () => `${world.server.url}/api/docs`, /not an image/i],
  ["another format", () => "https://example.org/cells.czi", /Zeiss CZI.*bioformats2raw in\.czi/i],
])("%s: said in words, with the next step", async (_what, address, words) => {
  await paste(ada.page, world.server.url, address());
  const alert = ada.page.getByRole("alert");
  await alert.waitFor();
  expect((await alert.textContent()) ?? "").toMatch(words);
  await expectAccessible(ada.page, `refused: ${_what}`);
  await ada.page.getByRole("button", { name: "Dismiss" }).press("Enter");
  await alert.waitFor({ state: "detached" });
});
