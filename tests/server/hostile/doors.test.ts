import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { FaultyServer } from "../../support/faulty-server.ts";
import { FRAME, type RawSocket, until } from "../harness.ts";
import { World } from "./world.ts";

/** Who wants to come in, and what piles up at the door while nobody can. */
let world: World;
let server: FaultyServer;
beforeAll(async () => {
  world = await World.open(async (args) => {
    server = await FaultyServer.start(args);
    return server;
  });
});
afterEach(() => server.release());
afterAll(() => world.close());

test("frames at the door: while the database says nothing, many sockets' frames cost little", async () => {
  const layers = await Promise.all(Array.from({ length: 40 }, () => world.ada.newLayer()));
  const sockets = await Promise.all(Array.from({ length: 12 }, () => world.eve.raw()));
  world.begin();
  await server.hold();
  const frame = new Uint8Array(1 << 20);
  // 40 MB each, behind doors that do not open.
  for (const { room } of layers)
    for (const socket of sockets) {
      socket.sendFrame(room, FRAME.auth, 0, "", "raw");
      socket.sendFrame(room, FRAME.sync, 2, frame);
    }
  await until(() => sockets.every(({ closed }) => closed), 60_000);
  await server.release();
  await world.unharmed();
});

test("frames at the door: a page that waits for the database with 140 layers gets them all", async () => {
  const layers = await Promise.all(Array.from({ length: 140 }, () => world.bob.newLayer()));
  await server.hold();
  const page = await world.bob.raw();
  for (const { room } of layers) {
    page.sendFrame(room, FRAME.auth, 0, "", "raw");
    page.sendFrame(room, FRAME.sync, 0, Uint8Array.of(0));
  }
  await server.release();
  const isAnswered = (room: string) => (socket: RawSocket) =>
    socket.stateless(room).length > 0 && socket.received(room, FRAME.sync).length > 1;
  for (const { room } of layers) await until(() => isAnswered(room)(page));
  expect(page.closed).toBeNull();
  page.destroy();
});
