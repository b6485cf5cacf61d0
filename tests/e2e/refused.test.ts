import { afterAll, beforeAll, expect, test } from "vitest";
import { converged, createWorld, type Person, PLACE, type World } from "./harness.ts";

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await createWorld();
  [ada, ben] = await Promise.all([world.join("Ada"), world.join("Ben")]);
});

afterAll(() => world?.close());

test("an update that the server refuses does not take the rest along", async () => {
  await ada.key(".");
  await ada.click({ x: PLACE.cx - 100, y: PLACE.cy });
  await ada.saved();
  // What no command would write, as a broken or malicious page might.
  await ada.page.evaluate(() => {
    const { workspace, document } = window.__coscope!;
    document(workspace.activeLayerId.get()!).getMap("geometry").set("garbage", "not a shape");
  });
  for (let i = 0; i < 5; i += 1) await ada.click({ x: PLACE.cx - 60 + 25 * i, y: PLACE.cy + 40 });
  await ben.until("Ada's six points", () => window.__coscope!.annotations().length === 6);
  await converged(ada, ben);
  expect(await ada.page.evaluate(() => window.__coscope!.workspace.saved.get())).toEqual({ kind: "saved" });
});

test("work for a layer that was deleted meanwhile is kept, and can be copied", async () => {
  await ada.act("addLayer", "Drafts");
  await ben.until("the new layer", () =>
    window
      .__coscope!.workspace.layers.get()
      .some(({ row, state }) => row.name === "Drafts" && state === "ready"),
  );
  await ada.until("the new layer is in hand", () => {
    const { layers, activeLayerId } = window.__coscope!.workspace;
    const drafts = layers.get().find(({ row }) => row.name === "Drafts");
    return drafts?.state === "ready" && activeLayerId.get() === drafts.row.id;
  });
  await ada.offline();
  await ada.key("r");
  await ada.drag({ x: PLACE.cx, y: PLACE.cy - 100 }, { x: PLACE.cx + 60, y: PLACE.cy - 60 });
  await ada.until("one queued", () => window.__coscope!.pending() === 1);
  const id = await ben.page.evaluate(
    () => window.__coscope!.workspace.layers.get().find(({ row }) => row.name === "Drafts")!.row.id,
  );
  await ben.act("deleteLayer", id);
  await ada.online();
  await ada.until("the refusal", () => window.__coscope!.workspace.saved.get().kind === "rejected");
  const text = await ada.page.evaluate(() => window.__coscope!.workspace.actions.copyRejected());
  expect(text).toMatch(/"rectangle"/);
  expect(text).toMatch(/Drafts.*was deleted/);

  // It outlives the page, and goes when the person says so.
  await ada.page.reload();
  await ada.ready();
  await ada.until("the refusal, still", () => window.__coscope!.workspace.saved.get().kind === "rejected");
  await ada.act("dismissRejected");
  await ada.saved();
});

test("leaving the image right after drawing loses nothing", async () => {
  const before = (await ben.annotations()).length;
  await ada.key(".");
  await ada.click({ x: PLACE.cx, y: PLACE.cy + 120 });
  await ada.page.evaluate(() => {
    location.hash = "#";
  });
  await ben.until("the point", (n) => window.__coscope!.annotations().length === n, before + 1);
  await ada.page.goBack();
  await ada.ready();
  await converged(ada, ben);
});

test("work on another image that could not be sent is mentioned, and goes out there", async () => {
  const before = (await ben.annotations()).length;
  await ada.offline();
  await ada.key(".");
  await ada.click({ x: PLACE.cx + 30, y: PLACE.cy + 120 });
  await ada.until("one queued", () => window.__coscope!.pending() === 1);
  const answer = await ada.context.request.post(`${world.server.url}/api/images`, {
    data: { name: "Another", url: "/demo/slide.zarr" },
    headers: { origin: world.server.url },
  });
  const { id } = (await answer.json()) as { id: string };
  await ada.page.evaluate((other) => {
    location.hash = `#image=${other}`;
  }, id);
  await ada.until("the other image", (other) => window.__coscope?.workspace.image.get().id === other, id);
  await ada.page.getByRole("button", { name: "Open it" }).click();
  await ada.until("being back", () => window.__coscope?.workspace.image.get().id === "demo");
  await ben.until("the point", (n) => window.__coscope!.annotations().length === n, before + 1);
  await ada.ready();
  await converged(ada, ben);
});

test("work for a layer that was deleted while the page was closed is kept as refused", async () => {
  await ada.act("addLayer", "Short-lived");
  await ada.until("the new layer is in hand", () => {
    const { layers, activeLayerId } = window.__coscope!.workspace;
    const added = layers.get().find(({ row }) => row.name === "Short-lived");
    return added?.state === "ready" && activeLayerId.get() === added.row.id;
  });
  await ada.offline();
  await ada.key(".");
  await ada.click({ x: PLACE.cx, y: PLACE.cy });
  await ada.until("one queued", () => window.__coscope!.pending() === 1);
  const url = ada.page.url();
  await ada.page.goto("about:blank");
  const id = await ben.page.evaluate(
    () => window.__coscope!.workspace.layers.get().find(({ row }) => row.name === "Short-lived")!.row.id,
  );
  await ben.act("deleteLayer", id);
  await ada.page.goto(url);
  await ada.until("the refusal", () => window.__coscope?.workspace.saved.get().kind === "rejected");
  await ada.act("dismissRejected");
  await ada.ready();
  await converged(ada, ben);
});

test("names, locks and classes that a colleague changes arrive at once", async () => {
  const layer = await ada.page.evaluate(() => window.__coscope!.workspace.layers.get()[0]!.row.id);
  await ada.act("renameLayer", layer, "Round one");
  await ben.until("the name", () => window.__coscope!.workspace.layers.get()[0]!.row.name === "Round one");
  await ben.act("setLayerLocked", layer, true);
  await ada.until("the lock", () => window.__coscope!.workspace.layers.get()[0]!.row.locked);
  const count = (await ada.annotations()).length;
  await ada.key(".");
  await ada.click({ x: PLACE.cx + 100, y: PLACE.cy + 100 });
  expect(await ada.annotations()).toHaveLength(count);
  expect((await ada.notices()).join()).toMatch(/Round one.*locked/);
  await ben.act("setLayerLocked", layer, false);
  await ada.act("addClass", "Odd ones", "#ff0066");
  await ben.until("the class", () =>
    window.__coscope!.workspace.classes.get().some(({ name }) => name === "Odd ones"),
  );
  await ben.act("setUser", { name: "Benjamin" });
  await ada.until("the new name", () =>
    window.__coscope!.workspace.people.get().some(({ user }) => user.name === "Benjamin"),
  );
});
