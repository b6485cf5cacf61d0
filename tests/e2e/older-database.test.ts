import { cpSync, rmSync } from "node:fs";
import { afterAll, beforeAll, test } from "vitest";
import { converged, createWorld, demo, type Person, PLACE, type World } from "./harness.ts";

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
    const { x, y } = await person.at({ x: PLACE.cx, y: PLACE.cy - 100 + 160 * n });
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
