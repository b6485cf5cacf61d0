import { encodeJoin, type PeerState } from "@coscope/annotations";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { comeIn, type Person, type RawSocket, startTestServer, type TestServer, until } from "./harness.ts";

let server: TestServer;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
  bob = await comeIn(server, "Bob");
});
afterEach(() => {
  ada.leaveAll();
  bob.leaveAll();
});
afterAll(() => server.remove());

/** What a socket has been told about a peer so far. */
function known(socket: RawSocket, peerId: number) {
  let state = null as PeerState | null;
  for (const frame of socket.presence) {
    if (frame.kind === "welcome") state = frame.peers.find((peer) => peer.peerId === peerId) ?? null;
    else if (frame.kind === "joined" && frame.peer.peerId === peerId) state = frame.peer;
    else if (frame.kind === "peers")
      for (const { peerId: id, patch } of frame.patches)
        if (id === peerId) state = Object.assign({}, state, patch);
    if (frame.kind === "left" && frame.peerId === peerId) state = null;
  }
  return state;
}

const cursor = (x: number) => ({ x, y: 2, tool: "polygon", pressed: true });

test("people see each other come, move and go, under the names of their sessions", async () => {
  const a = await ada.raw();
  const b = await bob.raw();
  const aId = await a.lookAt("demo");
  const bId = await b.lookAt("demo");
  expect(known(b, aId)).toMatchObject({
    user: { id: ada.user.id, name: "Ada", color: "#56b4e9" },
    cursor: null,
  });
  await until(() => known(a, bId));
  a.show({ cursor: cursor(10), broadcasting: true });
  await until(() => known(b, aId)?.cursor);
  expect(known(b, aId)).toMatchObject({ cursor: cursor(10), broadcasting: true });
  b.show({ following: aId });
  await until(() => known(a, bId)?.following === aId);
  a.destroy();
  await until(() => known(b, aId) === null);
  // Nobody follows who is not there.
  b.show({ following: aId, cursor: cursor(1) });
  const late = await ada.raw();
  await late.lookAt("demo");
  await until(() => known(late, bId)?.cursor);
  expect(known(late, bId)).toMatchObject({ following: 0 });
});

test("a burst of moves arrives as few frames and ends where it ended", async () => {
  const a = await ada.raw();
  const b = await bob.raw();
  const aId = await a.lookAt("demo");
  await b.lookAt("demo");
  for (let x = 0; x <= 200; x++) a.show({ cursor: cursor(x) });
  await until(() => known(b, aId)?.cursor?.x === 200);
  expect(b.of("peers").length).toBeLessThan(40);
  // Nobody is told about themselves.
  expect(
    a
      .of("peers")
      .flatMap((frame) => frame.patches)
      .some((patch) => patch.peerId === aId),
  ).toBe(false);
});

test("images are separate rooms, and joining another leaves the first", async () => {
  const { body: other } = await ada.call("POST", "/api/images", {
    name: "Other",
    url: "https://x.example/a.zarr",
  });
  const a = await ada.raw();
  const b = await bob.raw();
  const aId = await a.lookAt("demo");
  await b.lookAt("demo");
  await until(() => a.of("joined").length === 1);
  await a.lookAt(other.id);
  await until(() => b.of("left").some((frame) => frame.peerId === aId));
  expect(a.of("welcome").at(-1)).toMatchObject({ imageId: other.id, peers: [] });
});

test("unknown images are answered, not joined", async () => {
  const a = await ada.raw();
  a.send(encodeJoin("nothing"));
  await until(() => a.of("error").length > 0);
  expect(a.of("error")[0]!.error).toMatchObject({ code: "not-found" });
});

test("layers of other images are not named to anybody", async () => {
  const layer = await ada.newLayer();
  const a = await ada.raw();
  const b = await bob.raw();
  const aId = await a.lookAt("demo");
  await b.lookAt("demo");
  a.show({ editing: { layerId: "foreign", id: "x" }, cursor: cursor(1) });
  await until(() => known(b, aId)?.cursor);
  expect(known(b, aId)).toMatchObject({ editing: null });
  a.show({ editing: { layerId: layer.id, id: "x" } });
  await until(() => known(b, aId)?.editing);
  const geometry = { kind: "point", plane: { z: 0, t: 0 }, x: 1, y: 1 } as const;
  a.show({ ghost: { layerId: layer.id, classId: null, geometry } });
  await until(() => known(b, aId)?.ghost);
  expect(known(b, aId)).toMatchObject({ ghost: { geometry } });
});

test("changes of rows are told to those who look at the image", async () => {
  const a = await ada.raw();
  await a.lookAt("demo");
  const events = () => a.of("event").map((frame) => frame.event);
  const layer = await bob.newLayer("Live");
  await until(() => events().length >= 1);
  expect(events()[0]).toEqual({ t: "rows", table: "layer", op: "put", row: layer });
  const { body: renamed } = await bob.call("PATCH", `/api/layers/${layer.id}`, {
    name: "Alive",
    revision: 1,
  });
  await bob.call("DELETE", `/api/layers/${layer.id}?revision=2`);
  const { body: added } = await bob.call("POST", "/api/projects/default/classes", {
    name: "New",
    color: "#123456",
  });
  const { body: image } = await bob.call("PATCH", "/api/images/demo", {
    name: "Demo slide",
    revision: (await bob.get("/api/images/demo")).revision,
  });
  await until(() => events().length >= 5);
  expect(events().slice(1)).toMatchObject([
    { table: "layer", op: "put", row: renamed },
    { table: "layer", op: "delete", row: { id: layer.id } },
    { table: "class", op: "put", row: added },
    { table: "image", op: "put", row: image },
  ]);
});

test("a new name is seen at once", async () => {
  const carol = await comeIn(server, "Carol");
  const c = await carol.raw();
  const b = await bob.raw();
  const cId = await c.lookAt("demo");
  await b.lookAt("demo");
  await carol.call("PATCH", "/api/session", { name: "Caroline" });
  await until(() => known(b, cId)?.user.name === "Caroline");
  carol.leaveAll();
});

test("a flood is stopped", async () => {
  const a = await ada.raw();
  await a.lookAt("demo");
  for (let i = 0; i < 2_000; i++) a.show({ cursor: cursor(i) });
  await until(() => a.closed);
  expect(a.closed).toMatchObject({ code: 4429 });
});
