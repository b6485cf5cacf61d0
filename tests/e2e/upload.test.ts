import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHROMIUM_FLAGS, chromiumPath } from "../chromium.ts";
import { images, storedZip } from "../import/server.ts";
import { expectAccessible } from "./support/axe.ts";
import { startTestServer, type TestServer } from "./support/server.ts";

/** Files come in as people bring them: dropped from a folder of their computer, or chosen. */

const PATIENCE = { timeout: 60_000 };
const MB = 1_000_000;

let dir = "";
let data = "";
let server: TestServer;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "coscope-drop-"));
  server = await startTestServer({
    args: ["--user-quota", "0.06"],
    prepare: (folder) => {
      data = folder;
    },
  });
  browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_FLAGS] });
  page = await enter(await browser.newContext({ reducedMotion: "reduce" }), "Ada");
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(dir, { recursive: true, force: true });
  expect(errors).toEqual([]);
});

async function enter(context: BrowserContext, name: string): Promise<Page> {
  await context.request.post(`${server.url}/api/sessions/guest`, {
    data: { name, color: "#56b4e9" },
    headers: { origin: server.url },
  });
  const own = await context.newPage();
  own.on("pageerror", (error) => errors.push(error.stack ?? error.message));
  await own.goto(`${server.url}/#`);
  await own.getByRole("heading", { name: "Images", exact: true }).waitFor();
  return own;
}

/** As from a file manager: real files and folders, through the browser's own drag and drop. */
async function drop(onto: Page, files: readonly string[]): Promise<void> {
  const cdp = await onto.context().newCDPSession(onto);
  const at = { x: 300, y: 200, data: { items: [], files: [...files], dragOperationsMask: 1 } };
  await cdp.send("Input.dispatchDragEvent", { type: "dragEnter", ...at });
  await cdp.send("Input.dispatchDragEvent", { type: "dragOver", ...at });
  await onto.getByText(/^Drop (to add images|images to add)/).waitFor();
  await cdp.send("Input.dispatchDragEvent", { type: "drop", ...at });
  await cdp.detach();
}

const rowOf = (name: string) => page.locator(".upload-row", { has: page.getByTitle(name, { exact: true }) });
const stateOf = (name: string) => rowOf(name).locator(".upload-state");
const ready = (name: string) =>
  expect.poll(() => stateOf(name).textContent(), PATIENCE).toMatch(/^(Ready|\d+ images are ready)$/);
const leftovers = () => readdirSync(join(data, "uploads")).filter((name) => !name.endsWith(".job.json"));

function unpacked(name: string): string {
  const folder = join(dir, name);
  for (const [path, bytes] of storedZip(readFileSync(join(images, `${name}.zip`)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

/** A TIFF of noise, uncompressed: as large as its pixels. */
function noise(name: string, side: number): string {
  const strip = Buffer.alloc(8 + side * side + 200);
  strip.write("II*\0", "latin1");
  const pixels = strip.subarray(8, 8 + side * side);
  for (let i = 0, x = side; i < pixels.length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    pixels[i] = x >>> 24;
  }
  const at = 8 + side * side;
  strip.writeUInt32LE(at, 4);
  const tags = [
    [256, 4, side],
    [257, 4, side],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, side],
    [279, 4, side * side],
  ] as const;
  strip.writeUInt16LE(tags.length, at);
  for (const [i, [tag, type, value]] of tags.entries()) {
    const entry = at + 2 + 12 * i;
    strip.writeUInt16LE(tag, entry);
    strip.writeUInt16LE(type, entry + 2);
    strip.writeUInt32LE(1, entry + 4);
    strip.writeUInt32LE(value, entry + 8);
  }
  const file = join(dir, name);
  writeFileSync(file, strip);
  return file;
}

/** So slow that a test can step in. */
async function slowly(bytesPerSecond: number): Promise<() => Promise<void>> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  const set = (uploadThroughput: number) =>
    cdp.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await set(bytesPerSecond);
  return async () => {
    await set(-1);
    await cdp.detach();
  };
}

const under = (name: string) =>
  expect.poll(() => stateOf(name).textContent(), PATIENCE).toMatch(/^Uploading, [1-9]\d? %$/);

test("each kind of file becomes an image that opens, for everybody; what is none is named", {
  timeout: 120_000,
}, async () => {
  const bob = await enter(await browser.newContext({ reducedMotion: "reduce" }), "Bob");
  writeFileSync(join(dir, "cells.czi"), "ZISRAWFILE");
  writeFileSync(join(dir, "broken.tif"), readFileSync(join(images, "tiles-u16-zstd.tif")).subarray(0, 300));
  const files = ["czt.ome.tif", "slide.svs", "imagej.tif", "plain.png", "turned.jpg", "v05-zyx.zarr.zip"];
  await drop(page, [
    ...files.map((name) => join(images, name)),
    unpacked("labelled.zarr"),
    unpacked("dzi-overlap"),
    join(dir, "cells.czi"),
    join(dir, "broken.tif"),
  ]);
  await expect
    .poll(() => rowOf("cells.czi").locator(".problem").textContent(), PATIENCE)
    .toContain("bioformats2raw in.czi");
  await expect
    .poll(() => rowOf("broken.tif").locator(".problem").textContent(), PATIENCE)
    .toContain("broken.tif: expected");
  for (const name of [...files, "labelled.zarr", "dzi-overlap.dzi"]) await ready(name);
  await expectAccessible(page, "the list of images with uploads");
  await page.getByRole("link", { name: "Open czt", exact: true }).first().waitFor();
  await page.getByRole("link", { name: "Open labelled", exact: true }).first().waitFor();
  // On somebody else's page they appear without a reload.
  await bob.getByRole("link", { name: "Open slide", exact: true }).waitFor();
  await bob.close();
  await rowOf("imagej.tif").getByRole("link").click();
  await page.waitForFunction(
    () => window.__coscope?.workspace.openState.get().kind === "ready",
    null,
    PATIENCE,
  );
  const source = await page.evaluate(() => {
    const { width, sizeZ, sizeT, channels } = window.__coscope!.workspace.source.get()!;
    return { width, sizeZ, sizeT, channels: channels.length };
  });
  expect(source).toEqual({ width: 50, sizeZ: 3, sizeT: 2, channels: 2 });
  // Beside an image too.
  await drop(page, [join(images, "strips-u8.tif")]);
  await ready("strips-u8.tif");
  await expectAccessible(page, "an image with uploads");
  await page.getByRole("button", { name: "Close the list of uploads" }).click();
  await page.goto(`${server.url}/#`);
  // Records of what is done are still being written.
  await expect.poll(leftovers).toEqual([]);
});

test("the server is killed in the middle: the upload goes on where it was", {
  timeout: 120_000,
}, async () => {
  const faster = await slowly(4 * MB);
  await page.locator("[data-choose=files]").setInputFiles(noise("long.tif", 4000));
  await under("long.tif");
  await server.kill();
  await expect
    .poll(() => stateOf("long.tif").textContent(), PATIENCE)
    .toMatch(/^Waiting for the server, \d+ % sent$/);
  await server.restart();
  await faster();
  await ready("long.tif");
});

test("after a reload the same file goes on, another does not", { timeout: 120_000 }, async () => {
  const faster = await slowly(4 * MB);
  const file = noise("again.tif", 3800);
  await page.locator("[data-choose=files]").setInputFiles(file);
  await under("again.tif");
  await page.reload();
  await expect.poll(() => stateOf("again.tif").textContent(), PATIENCE).toMatch(/^Interrupted at [1-9]\d? %/);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/uploads")) asked.push(request.method());
  });
  await page.locator("[data-choose=files]").setInputFiles(file);
  await faster();
  await ready("again.tif");
  // Nothing was begun anew.
  expect(asked[0]).toBe("HEAD");
  expect(asked).not.toContain("POST");
});

test("cancelled, and more than there is room for", { timeout: 120_000 }, async () => {
  const faster = await slowly(2 * MB);
  await page.locator("[data-choose=files]").setInputFiles(noise("no.tif", 3500));
  await under("no.tif");
  await page.getByRole("button", { name: "Cancel no.tif" }).click();
  await expect.poll(() => rowOf("no.tif").count()).toBe(0);
  await expect.poll(leftovers, PATIENCE).toEqual([]);
  await faster();
  await page.locator("[data-choose=files]").setInputFiles(noise("big.tif", 7000));
  await expect
    .poll(() => rowOf("big.tif").locator(".problem").textContent(), PATIENCE)
    .toMatch(/big\.tif has 49\.0 MB, and there is room for .* more of yours/);
});

test("a folder is chosen with the keyboard's way in", { timeout: 60_000 }, async () => {
  await page.locator("[data-choose=folder]").setInputFiles(unpacked("series.zarr"));
  await ready("series.zarr");
  expect(await stateOf("series.zarr").textContent()).toBe("3 images are ready");
});

test("a slide's label is kept on wish; deleting an image says that its files go, and they do", {
  timeout: 60_000,
}, async () => {
  const file = join(dir, "wanted.svs");
  copyFileSync(join(images, "slide.svs"), file);
  const keep = page.getByLabel("Keep label and macro images");
  if (!(await keep.isVisible())) await page.getByText("What is kept of a file").click();
  await keep.check();
  await expectAccessible(page, "what is kept of a file");
  await page.locator("[data-choose=files]").setInputFiles(file);
  await ready("wanted.svs");
  const link = page.getByRole("link", { name: "Open wanted (label)" }).first();
  const id = /image=([0-9a-z]{16})/.exec((await link.getAttribute("href"))!)![1]!;
  const folder = join(data, "images", `${id}.zarr`);
  expect(existsSync(folder)).toBe(true);
  await page.getByRole("button", { name: "More about wanted (label)" }).click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await page.getByText(/Its files on this server \(\d+(\.\d)? kB\) are deleted for good/).waitFor();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "More about wanted (label)" }).waitFor({ state: "detached" });
  // The row goes first, the files after it.
  await expect.poll(() => existsSync(folder)).toBe(false);
});
