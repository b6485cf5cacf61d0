import { afterAll, beforeAll, expect, test } from "vitest";
import { converged, createWorld, type Person, PLACE, type World } from "./harness.ts";

// Plain http on a name that is not localhost is no secure context: no randomUUID, no clipboard, no Web Locks.
let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await createWorld({ host: "0.0.0.0", flags: ["--host-resolver-rules=MAP lab.test 127.0.0.1"] });
  const origin = `http://lab.test:${world.server.port}`;
  [ada, ben] = await Promise.all([world.enter("Ada", { origin }), world.enter("Ben", { origin })]);
});

afterAll(() => world?.close());

test("strangers come in by the join link only, and its secret stays out of the address", async () => {
  expect(await ada.page.evaluate(() => window.isSecureContext)).toBe(false);
  expect(ada.page.url()).not.toMatch(/key=/);
  const uninvited = await ada.context.browser()!.newContext();
  const page = await uninvited.newPage();
  await page.goto(`http://lab.test:${world.server.port}/`);
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByRole("alert").filter({ hasText: "invitation" }).waitFor();
  await uninvited.close();
});

test("drawing, seeing each other, following and undo work as elsewhere", async () => {
  await ada.key("p");
  for (const [dx, dy] of [
    [-60, -60],
    [60, -50],
    [0, 60],
  ] as const) {
    await ada.click({ x: PLACE.cx + dx, y: PLACE.cy + dy });
  }
  await ada.page.keyboard.press("Enter");
  await ben.until("Ada's polygon", () => window.__coscope!.annotations().length === 1);
  await ben.key("r");
  await ben.drag({ x: PLACE.cx + 100, y: PLACE.cy - 50 }, { x: PLACE.cx + 160, y: PLACE.cy });
  await ada.until("Ben's rectangle", () => window.__coscope!.annotations().length === 2);
  await converged(ada, ben);
  await ben.page.getByRole("button", { name: "Follow Ada" }).click();
  await ada.key("ArrowRight");
  await expect
    .poll(
      async () => {
        const [a, b] = await Promise.all(
          [ada, ben].map((p) => p.page.evaluate(() => window.__coscope!.workspace.camera.get())),
        );
        return Math.hypot(a!.cx - b!.cx, a!.cy - b!.cy);
      },
      { timeout: 20_000 },
    )
    .toBeLessThan(1);
  await ada.key("Control+z");
  await ben.until("the undo", () => window.__coscope!.annotations().length === 1);
});

test("work done offline survives a reload", async () => {
  await ada.offline();
  await ada.key(".");
  await ada.click({ x: PLACE.cx - 100, y: PLACE.cy + 80 });
  await ada.until("one queued", () => window.__coscope!.pending() === 1);
  await ada.page.reload();
  await ada.ready();
  await converged(ada, ben);
  expect(await ben.annotations()).toHaveLength(2);
});

test("a link is copied, or shown where the browser does not copy", async () => {
  await ada.page.getByRole("button", { name: /Share/ }).click();
  const copy = ada.page.getByRole("button", { name: /Copy link/i });
  if (await copy.isVisible().catch(() => false)) await copy.click();
  await expect.poll(async () => (await ada.notices()).join()).toMatch(/copied|The link: http:\/\/lab\.test/);
});
