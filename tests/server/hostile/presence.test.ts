import type { PeerState } from "@coscope/annotations";
import * as encoding from "lib0/encoding";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { type Person, type RawSocket, until } from "../harness.ts";
import { bytesOf, World } from "./world.ts";

/** Who pretends to be somebody else, and who goes without saying goodbye. */
let world: World;
const providers: WebsocketProvider[] = [];
beforeAll(async () => {
  world = await World.open();
});
afterEach(() => {
  for (const provider of providers.splice(0)) provider.destroy();
  world.ada.leaveAll();
  world.bob.leaveAll();
});
afterAll(() => world.close());

/** An ordinary Yjs client with awareness. */
function ordinary(person: Person): WebsocketProvider {
  const address = `${world.server.url.replace("http", "ws")}/yjs`;
  const provider = new WebsocketProvider(address, world.layer.room, new Y.Doc(), {
    params: { token: person.token },
    disableBc: true,
    WebSocketPolyfill: WebSocket as never,
  });
  providers.push(provider);
  return provider;
}

/** Everybody whom a page was told of, as they are now. */
function people(socket: RawSocket): PeerState[] {
  const known = new Map<number, PeerState>();
  for (const frame of socket.presence) {
    if (frame.kind === "welcome") for (const peer of frame.peers) known.set(peer.peerId, peer);
    else if (frame.kind === "joined") known.set(frame.peer.peerId, frame.peer);
    else if (frame.kind === "left") known.delete(frame.peerId);
    else if (frame.kind === "peers")
      for (const { peerId, patch } of frame.patches)
        known.set(peerId, { ...(known.get(peerId) as PeerState), ...patch });
  }
  return [...known.values()];
}

const statesOf = (provider: WebsocketProvider) =>
  [...provider.awareness.getStates().entries()]
    .filter(([id]) => id !== provider.awareness.clientID)
    .map(([, state]) => state as { user: PeerState["user"]; cursor: PeerState["cursor"] });

test("awareness spoof: whatever a Yjs client says, it is known under its session's name", async () => {
  world.begin();
  const page = await world.ada.raw();
  await page.lookAt("demo");
  const bob = ordinary(world.bob);
  const eve = ordinary(world.eve);
  const liar = { id: world.ada.user.id, name: "Ada", color: "#ff0000" };
  eve.awareness.setLocalState({
    user: liar,
    cursor: { x: 5, y: 6, tool: "polygon", user: liar },
    name: "Ada",
  });
  bob.awareness.setLocalState({ cursor: { x: 1, y: 2 } });
  await until(() => people(page).filter(({ cursor }) => cursor).length === 2);
  expect(people(page).map(({ user, cursor }) => [user.name, cursor?.x])).toEqual(
    expect.arrayContaining([
      ["Eve", 5],
      ["Bob", 1],
    ]),
  );
  // The page's cursor reaches them, and theirs each other, as the server knows them.
  page.show({ cursor: { x: 100, y: 200, tool: "brush", pressed: true } });
  await until(() => statesOf(bob).filter(({ cursor }) => cursor).length === 2);
  const seen = statesOf(bob).map(({ user, cursor }) => [user.id, user.name, cursor?.x]);
  expect(seen).toEqual(
    expect.arrayContaining([
      [world.eve.user.id, "Eve", 5],
      [world.ada.user.id, "Ada", 100],
    ]),
  );
  await world.unharmed();
});

test("awareness spoof: states of others are not heard, on neither endpoint", async () => {
  world.begin();
  const page = await world.ada.raw();
  const ownId = await page.lookAt("demo");
  page.show({ cursor: { x: 100, y: 200, tool: "brush", pressed: false } });
  const bob = ordinary(world.bob);
  bob.awareness.setLocalState({ cursor: { x: 1, y: 2 } });
  await until(() => statesOf(bob).some(({ cursor }) => cursor?.x === 100));
  const eve = ordinary(world.eve);
  await until(() => eve.wsconnected);
  const [adasId] = [...bob.awareness.getStates().keys()].filter((id) => id !== bob.awareness.clientID);
  const says = (id: number, state: unknown) => bytesOf(1, id, 99, JSON.stringify(state));
  const awareness = (update: Uint8Array) => {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, 1);
    encoding.writeVarUint8Array(encoder, update);
    return encoding.toUint8Array(encoder);
  };
  // Her own first, then a colleague's place taken, and taken away.
  for (const [id, state] of [
    [eve.awareness.clientID, { cursor: { x: 7, y: 7 } }],
    [adasId!, { user: { name: "Ada" }, cursor: { x: 666, y: 0 } }],
    [bob.awareness.clientID, { cursor: { x: 666, y: 0 } }],
    [bob.awareness.clientID, null],
    [adasId!, null],
  ] as const)
    eve.ws!.send(awareness(says(id, state)));
  // Not even as JSON.
  eve.ws!.send(awareness(bytesOf(1, eve.awareness.clientID, 100, "{")));
  eve.ws!.send(Uint8Array.of(1, 255, 255, 255));
  const raw = await world.eveIn();
  raw.sendFrame(world.layer.room, 1, says(bob.awareness.clientID, null));
  raw.sendFrame(world.layer.room, 1, says(adasId!, { cursor: { x: 666, y: 0 } }));
  await until(() => people(page).some(({ cursor }) => cursor?.x === 7));
  page.show({ cursor: { x: 101, y: 200, tool: "brush", pressed: false } });
  await until(() => statesOf(bob).some(({ cursor }) => cursor?.x === 101));
  expect(statesOf(bob).map(({ user, cursor }) => [user.name, cursor?.x])).toEqual(
    expect.arrayContaining([
      ["Ada", 101],
      ["Eve", 7],
    ]),
  );
  expect(people(page).map(({ cursor }) => cursor?.x)).not.toContain(666);
  expect(people(page).map(({ peerId }) => peerId)).not.toContain(ownId);
  await world.unharmed();
});

test("ghost cursors: who is cut off is gone, after a reconnect too", async () => {
  world.begin();
  const page = await world.ada.raw();
  await page.lookAt("demo");
  const bob = ordinary(world.bob);
  bob.awareness.setLocalState({ cursor: { x: 1, y: 2 } });
  const eve = ordinary(world.eve);
  eve.awareness.setLocalState({ cursor: { x: 5, y: 6 } });
  for (let round = 0; round < 3; round++) {
    await until(() => people(page).length === 2 && statesOf(bob).some(({ user }) => user.name === "Eve"));
    eve.shouldConnect = round < 2;
    (eve.ws as unknown as WebSocket).terminate();
    if (round === 2) await until(() => people(page).length === 1);
    if (round === 2) await until(() => statesOf(bob).every(({ user }) => user.name !== "Eve"));
  }
  // On the page's own endpoint too.
  const ghost = await world.eve.raw();
  await ghost.lookAt("demo");
  ghost.show({ cursor: { x: 9, y: 9, tool: "pan", pressed: false } });
  await until(() => statesOf(bob).some(({ cursor }) => cursor?.x === 9));
  ghost.destroy();
  await until(() => people(page).length === 1 && statesOf(bob).length === 1);
  await world.unharmed();
});

test("presence spoof: a page's frames say nothing of who it is, and name only what is there", async () => {
  world.begin();
  const page = await world.ada.raw();
  const adasId = await page.lookAt("demo");
  const eve = await world.eve.raw();
  await eve.lookAt("demo");
  // Frames that only the server sends.
  for (const kind of [16, 17, 18, 19, 20, 21]) eve.send(Uint8Array.of(0, 1, kind, 0, adasId & 255));
  eve.show({
    cursor: { x: 3, y: 3, tool: "x".repeat(90), pressed: true },
    following: 40_000,
    editing: { layerId: "not-here", id: "a" },
  });
  await until(() => people(page).some(({ cursor }) => cursor?.x === 3));
  const [shown] = people(page).filter(({ user }) => user.id === world.eve.user.id);
  expect(shown).toMatchObject({ user: { name: "Eve" }, following: 0, editing: null });
  await world.unharmed();
});
