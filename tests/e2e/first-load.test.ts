import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorld, type World } from "./harness.ts";

const LIMIT_KB = 400;

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(() => world?.close());

/** Everything a browser with an empty cache loads of the page itself until an image is open; workers apart. */
test(`an opened link loads at most ${LIMIT_KB} KB before workers, gzipped`, async () => {
  const ada = await world.join("Ada");
  const context = await ada.page
    .context()
    .browser()!
    .newContext({ storageState: await ada.context.storageState() });
  const page = await context.newPage();
  const sizes = new Map<string, Promise<number>>();
  page.on("response", (response) => {
    const type = response.request().resourceType();
    if (!["document", "script", "stylesheet", "font", "image"].includes(type)) return;
    // A worker's own files name it as the one who asked.
    if (/\bworker\b/i.test(response.url())) return;
    sizes.set(
      new URL(response.url()).pathname,
      response.body().then(
        (body) => gzipSync(body).length,
        () => 0,
      ),
    );
  });
  await page.goto(`${world.server.url}/#image=demo`);
  await page.waitForFunction(() => window.__coscope?.workspace.openState.get().kind === "ready");
  const parts = await Promise.all([...sizes].map(async ([path, size]) => [path, await size] as const));
  const total = parts.reduce((sum, [, size]) => sum + size, 0);
  console.info(parts.map(([path, size]) => `${(size / 1000).toFixed(1)} KB ${path}`).join("\n"));
  console.info(`first load: ${(total / 1000).toFixed(1)} KB gzip`);
  expect(total / 1000).toBeLessThanOrEqual(LIMIT_KB);
  await context.close();
});
