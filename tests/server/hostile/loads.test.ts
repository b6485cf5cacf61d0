import { createLayerDocument, execute, makeAdd } from "@coscope/annotations";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import * as Y from "yjs";
import { FRAME, type Person, RawSocket, until } from "../harness.ts";
import { World } from "./world.ts";

/** Making the server load layers, which is most of what it costs. */
let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

/** Layers of two images, in each of them one annotation of the class. */
async function fillLayers(by: Person, count: number, classId: string): Promise<string[]> {
  const { body: image } = await by.call("POST", "/api/images", {
    name: "2",
    url: "https://x.example/2.zarr",
  });
  const rooms: string[] = [];
  for (let i = 0; i < count; i++) {
    const path = `/api/images/${i < count / 2 ? "demo" : image.id}/layers`;
    rooms.push((await by.call("POST", path, { name: `${i}` })).body.room);
  }
  const page = await by.raw();
  const geometry = { kind: "point", plane: { z: 0, t: 0 }, x: 1, y: 1 } as const;
  for (const room of rooms) {
    const doc = new Y.Doc();
    execute(
      createLayerDocument(doc),
      makeAdd({ author: by.user.id, annotations: [{ geometry, classId }] }),
      null,
    );
    page.sendFrame(room, FRAME.auth, 0, "", "raw");
    page.update(room, Y.encodeStateAsUpdate(doc));
  }
  // Told that the layer is joined, then that it is saved.
  for (const room of rooms) await until(() => page.stateless(room).length > 1);
  return rooms;
}

test("counting a class: a project of 200 layers is counted whole, over and over it is refused, and others are not", async () => {
  const path = "/api/projects/default/classes";
  const { body: row } = await world.ada.call("POST", path, { name: "Used", color: "#111111" });
  await fillLayers(world.ada, 200, row.id);
  world.ada.leaveAll();
  world.begin();
  const count = (who: Person) => who.call("DELETE", `/api/classes/${row.id}?revision=1`);
  const inUse = { status: 409, body: { error: { code: "class-in-use", count: 200 } } };
  expect(await count(world.eve)).toMatchObject(inUse);
  // One at a time.
  const together = await Promise.all(Array.from({ length: 20 }, () => count(world.eve)));
  expect(together.filter(({ status }) => status === 409)).toHaveLength(1);
  const others = together.filter(({ status }) => status === 429);
  expect(others).toHaveLength(19);
  expect(others[0]!.body.error).toMatchObject({
    code: "too-many-requests",
    next: expect.stringMatching(/^Wait/),
  });
  // And not for ever: 2,000 layers are ten times all of them, and more come with time.
  const start = performance.now();
  let answer = await count(world.eve);
  let counted = 2;
  for (; answer.status === 409; counted++) answer = await count(world.eve);
  expect(answer).toMatchObject({ status: 429, body: { error: { code: "too-many-requests" } } });
  expect(answer.body.error.next).toMatch(/try again in \d+ s/);
  expect(counted).toBeGreaterThanOrEqual(10);
  expect(counted).toBeLessThanOrEqual(11 + (performance.now() - start) / 10_000);
  expect(await count(world.bob)).toMatchObject(inUse);
  expect((await world.bob.call("DELETE", `/api/classes/${row.id}?revision=1&reassign=none`)).status).toBe(
    204,
  );
  await world.unharmed();
});

test("a socket a layer: 120 of one user all come in, in turns, and a page with 60 layers beside them", async () => {
  const rooms = await Promise.all(Array.from({ length: 60 }, async () => (await world.ada.newLayer()).room));
  world.begin();
  const programs = [...rooms, ...rooms].map((room) => {
    const ws = new WebSocket(`${world.server.url.replace("http", "ws")}/yjs/${room}`, {
      headers: { authorization: `Bearer ${world.eve.token}` },
    });
    let heard = 0;
    ws.on("message", (data: Buffer) => {
      if (data[0] === 0) heard++;
    });
    ws.on("open", () => ws.send(Uint8Array.of(0, 0, 1, 0)));
    return { ws, isAnswered: () => heard > 1 };
  });
  const page = await world.eve.raw();
  for (const room of rooms) page.sendFrame(room, FRAME.auth, 0, "", "raw");
  for (const room of rooms) await until(() => page.stateless(room).length > 0);
  for (const { isAnswered } of programs) await until(isAnswered);
  for (const { ws } of programs) ws.terminate();
  await world.unharmed();
});

test("2,000 sockets of one user, and none more by saying only later whose it is", async () => {
  world.begin();
  const sockets: RawSocket[] = [];
  while (sockets.length < 2_000)
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => world.eve.raw()))));
  await expect(world.eve.raw()).rejects.toThrow(/429/);
  const stranger = await RawSocket.open(world.server.url, null);
  const { room } = world.layer;
  await stranger.authenticate(room, world.eve.token);
  const said = () => Buffer.from(stranger.frames.at(-1)!).toString();
  expect(said()).toContain("too-many-sockets");
  for (const socket of sockets.splice(0, 1_000)) socket.destroy();
  await until(async () => {
    const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
    return Number(/^coscope_sockets (\d+)/m.exec(metrics)![1]) < 1_500;
  });
  stranger.sendFrame(room, FRAME.auth, 0, world.eve.token, "raw");
  await until(() => stranger.stateless(room).length > 0);
  stranger.destroy();
  for (const socket of sockets) socket.destroy();
  await world.unharmed();
});
