import { cpSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { converged, createWorld, demo, type Person, PLACE, type World } from "./harness.ts";

const KILLS = 10;

let world: World;
let dataDir = "";
let ada: Person;
let ben: Person;

beforeAll(async () => {
  const prepare = (folder: string) => {
    dataDir = folder;
  };
  world = await createWorld({ scene: { ...demo, prepare } });
  [ada, ben] = await Promise.all([world.join("Ada"), world.join("Ben")]);
});

afterAll(async () => {
  await world?.close();
  if (dataDir) rmSync(`${dataDir}-older`, { recursive: true, force: true });
});

/** Draws points with the mouse, quickly, until told to stop. */
async function draw(person: Person, row: number, stopped: () => boolean): Promise<void> {
  await person.key(".");
  const { x, y } = await person.at({ x: PLACE.cx - 300, y: PLACE.cy + row });
  for (let i = 0; !stopped(); i += 1) {
    // Left of the overview map: a click there goes to another place.
    await person.page.mouse.click(x + ((i * 7) % 450), y + ((i * 3) % 60));
    // A quick hand: more would only slow down the machine.
    await person.page.waitForTimeout(60);
  }
}

/** Keeps a ledger inside the page: every annotation that this page made, and those that it showed as saved. */
async function keepLedger(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    const { workspace, annotations, pending } = window.__coscope!;
    const me = workspace.user.get().id;
    const ledger = { made: new Set<string>(), saved: new Set<string>() };
    Object.assign(window, { ledger });
    const look = () => {
      for (const { id, author } of annotations()) if (author === me) ledger.made.add(id);
      // "Saved" promises all that was made before.
      if (workspace.saved.get().kind === "saved" && pending() === 0)
        for (const id of ledger.made) ledger.saved.add(id);
    };
    workspace.saved.subscribe(look);
    workspace.layers.subscribe(look);
  });
}

function ledgerOf(person: Person): Promise<{ made: string[]; saved: string[] }> {
  return person.page.evaluate(() => {
    const { ledger } = window as unknown as { ledger: { made: Set<string>; saved: Set<string> } };
    return { made: [...ledger.made], saved: [...ledger.saved] };
  });
}

test(`the server is killed ${KILLS} times while both draw: nothing acknowledged is lost, nothing is doubled`, async () => {
  await Promise.all([keepLedger(ada), keepLedger(ben)]);
  let stop = false;
  const drawing = Promise.all([draw(ada, -120, () => stop), draw(ben, -20, () => stop)]);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = (await ledgerOf(ada)).saved.length + (await ledgerOf(ben)).saved.length;
    // Somewhere in the middle of things: a different moment of the traffic each time.
    await expect
      .poll(async () => (await ledgerOf(ada)).saved.length + (await ledgerOf(ben)).saved.length, {
        interval: 20 + 13 * kill,
        timeout: 60_000,
      })
      .toBeGreaterThan(before + 3);
    await world.server.kill();
    await ada.until("noticing", () => window.__coscope!.workspace.saved.get().kind === "offline");
    await world.server.restart();
    await ada.until("being back", () => window.__coscope!.workspace.saved.get().kind !== "offline");
    await ben.until("being back", () => window.__coscope!.workspace.saved.get().kind !== "offline");
  }
  stop = true;
  await drawing;
  await converged(ada, ben);

  const ledgers = [await ledgerOf(ada), await ledgerOf(ben)];
  const made = ledgers.flatMap((ledger) => ledger.made);
  expect(made.length).toBeGreaterThan(KILLS * 4);
  for (const person of [ada, ben]) {
    const ids = (await person.annotations()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    // Not only what was acknowledged: these pages lived on, so all that they made is there.
    expect([...ids].sort()).toEqual([...made].sort());
  }
  const fresh = await world.join("Cleo");
  expect((await fresh.annotations()).map(({ id }) => id).sort()).toEqual([...made].sort());
  await converged(ada, ben, fresh);
}, 600_000);

test("the server is killed and the page reloaded with work not yet sent: it arrives once", async () => {
  const before = (await ben.annotations()).length;
  await ada.key(".");
  await world.server.kill();
  await ada.until("noticing", () => window.__coscope!.workspace.saved.get().kind === "offline");
  const { x, y } = await ada.at({ x: PLACE.cx + 40, y: PLACE.cy + 60 });
  for (let i = 0; i < 5; i += 1) await ada.page.mouse.click(x + i * 12, y);
  await ada.until("five queued", () => window.__coscope!.pending() === 5);
  await world.server.restart();
  await ada.page.reload();
  await ada.ready();
  await converged(ada, ben);
  expect(await ben.annotations()).toHaveLength(before + 5);
});

test("the server comes back with an older database, as a power failure may leave it: the pages that drew send it again", async () => {
  const back = () =>
    Promise.all(
      [ada, ben].map((person) =>
        person.until("being back", () => window.__coscope!.workspace.saved.get().kind !== "offline"),
      ),
    );
  const away = () =>
    Promise.all(
      [ada, ben].map((person) =>
        person.until("noticing", () => window.__coscope!.workspace.saved.get().kind === "offline"),
      ),
    );
  await converged(ada, ben);
  await world.server.kill();
  cpSync(dataDir, `${dataDir}-older`, { recursive: true });
  await away();
  await world.server.restart();
  await back();
  const before = (await ben.annotations()).length;
  for (const [n, person] of [ada, ben].entries()) {
    await person.key(".");
    const { x, y } = await person.at({ x: PLACE.cx + 40, y: PLACE.cy - 100 + 80 * n });
    for (let i = 0; i < 3; i += 1) await person.page.mouse.click(x + i * 12, y);
  }
  await ada.until("all six", (count) => window.__coscope!.annotations().length === count, before + 6);
  await converged(ada, ben);

  await world.server.kill();
  rmSync(dataDir, { recursive: true });
  cpSync(`${dataDir}-older`, dataDir, { recursive: true });
  await away();
  await world.server.restart();
  await back();
  const fresh = await world.join("Dora");
  await fresh.until("all six", (count) => window.__coscope!.annotations().length === count, before + 6);
  await converged(ada, ben, fresh);
});
