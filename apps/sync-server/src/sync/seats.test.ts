import type { Connection, Document } from "@hocuspocus/server";
import * as encoding from "lib0/encoding";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { createMetrics } from "../metrics.ts";
import type { RoomContext } from "./context.ts";
import { FRAME, readFrame } from "./frame.ts";
import type { Rooms } from "./rooms.ts";
import { type RoomFrame, Seats } from "./seats.ts";
import { MAX_MEMBERSHIPS, type SyncSocket } from "./socket.ts";
import { SocketWaiting, WaitingBytes } from "./waiting.ts";

const documentOf = (name: string) => ({ name, hasConnection: () => true }) as unknown as Document;

function frame(document: string, type: number, ...parts: (number | string)[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, document);
  encoding.writeVarUint(encoder, type);
  for (const part of parts) {
    if (typeof part === "number") encoding.writeVarUint(encoder, part);
    else encoding.writeVarString(encoder, part);
  }
  return encoding.toUint8Array(encoder);
}

/** Sockets of one user at the door, and what came through it. Rooms are of so many bytes. */
function atTheDoor({ bytes = 0 } = {}) {
  const room = { bytes: { snapshot: bytes, unfolded: 0 }, durable: () => ({}) };
  const seats = new Seats({
    rooms: { of: () => room, load: async () => {} } as unknown as Rooms,
    restMs: () => 0,
    log: pino({ level: "silent" }),
    metrics: createMetrics(),
  });
  const waiting = new WaitingBytes();
  const forwarded: string[] = [];
  const come = ({ asStranger = false } = {}) => {
    const sent: Uint8Array[] = [];
    const socket = {
      actor: asStranger ? null : { user: { id: "eve" } },
      memberships: new Map(),
      waiting: new SocketWaiting(waiting),
      answers: { forget() {}, close() {} },
      joinsFromMs: 0,
      rest: vi.fn(),
      close: vi.fn(),
      target: { send: (bytes: Uint8Array) => sent.push(bytes) },
      forward: (bytes: Uint8Array) => {
        const { kind, document } = readFrame(bytes) as RoomFrame;
        forwarded.push(`${kind} ${document}`);
      },
    } as unknown as SyncSocket & { close: ReturnType<typeof vi.fn> };
    const receive = (bytes: Uint8Array) => seats.receive(socket, bytes, readFrame(bytes) as RoomFrame);
    return {
      socket,
      sent,
      receive,
      join: (document: string) => receive(frame(document, FRAME.auth, 0, "token")),
      leave(document: string) {
        receive(frame(document, FRAME.close));
        // As Hocuspocus does when it has let go.
        seats.left(socket, document);
      },
      left: (document: string) => seats.left(socket, document),
      /** Hocuspocus loads a document for the socket, then seats it, if it is still there. */
      load: (document: string) => seats.load(documentOf(document), { socket, userId: "eve" }),
      take(document: string) {
        const connection = {
          document: documentOf(document),
          readOnly: false,
          onClose() {},
          sendStateless() {},
        } as unknown as Connection<RoomContext>;
        seats.take(connection, { socket, userId: "eve" });
      },
      joining: () =>
        [...socket.memberships].filter(([, { state }]) => state === "joining").map(([name]) => name),
      gone: () => seats.gone(socket),
    };
  };
  const joins = () => forwarded.filter((what) => what.startsWith("auth")).length;
  return { come, joins };
}

test("who joins and leaves without end is let in more slowly, through new sockets too", async () => {
  const { come, joins } = atTheDoor();
  for (let n = 0; n < 30; n++) {
    const { join, leave, gone } = come();
    for (let i = 0; i < 100; i++) {
      join(`room${i}`);
      leave(`room${i}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    gone();
  }
  expect(joins()).toBeGreaterThanOrEqual(2_000);
  expect(joins()).toBeLessThan(2_300);
});

test("more layers than one socket may have open are refused with a reason, and eight join at a time", () => {
  const { come, joins } = atTheDoor();
  const { join, sent } = come();
  for (let i = 0; i < MAX_MEMBERSHIPS; i++) join(`room${i}`);
  expect(sent).toEqual([]);
  join("one too many");
  expect(sent).toEqual([frame("one too many", FRAME.auth, 1, "too-many-layers")]);
  expect(joins()).toBe(8);
});

test("sixteen of one user's documents are joined at a time, over all sockets, which take turns", async () => {
  const { come, joins } = atTheDoor();
  const sockets = Array.from({ length: 40 }, come);
  for (const { join } of sockets) for (let i = 0; i < 3; i++) join(`room${i}`);
  expect(joins()).toBe(16);
  const busy = () => sockets.filter(({ joining }) => joining().length > 0);
  for (let n = 16; n < 120; n++) {
    const [first] = busy();
    first!.take(first!.joining()[0]!);
    expect(joins()).toBe(n + 1);
  }
  while (busy().length > 0) busy()[0]!.take(busy()[0]!.joining()[0]!);
  const another = come();
  for (let i = 0; i < 20; i++) another.join(`room${i}`);
  expect(another.joining()).toHaveLength(8);
});

test("a socket that is closed gives back its places, but for what is still being loaded", async () => {
  const { come, joins } = atTheDoor();
  const [first, second, third] = [come(), come(), come()];
  for (const { join } of [first, second, third]) for (let i = 0; i < 8; i++) join(`room${i}`);
  expect(joins()).toBe(16);
  const loading = first.joining().map((document) => first.load(document));
  first.gone();
  expect(joins()).toBe(16);
  await Promise.all(loading);
  expect(joins()).toBe(24);
  // Goodbye while it is being loaded gives nothing back either.
  second.receive(frame("room0", FRAME.close));
  const fourth = come();
  fourth.join("room0");
  expect(fourth.joining()).toEqual([]);
  second.left("room0");
  await new Promise((resolve) => setImmediate(resolve));
  expect(fourth.joining()).toEqual(["room0"]);
});

test("who closes the socket before a layer is loaded has paid for it; debts are waited for to their end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    const { come, joins } = atTheDoor({ bytes: 100 << 20 });
    for (let n = 0; n < 12; n++) {
      const { join, load, joining, gone } = come();
      for (let i = 0; i < 8; i++) join(`room${8 * n + i}`);
      await Promise.all(joining().map(load));
      gone();
    }
    // 2,000 MiB are 20 layers, and a wave goes on.
    expect(joins()).toBe(24);
    const { join } = come();
    join("one more");
    vi.advanceTimersByTime(61_000);
    // 2,400 MiB and 72 more knocks, at 20 a second.
    expect(joins()).toBe(25);
  } finally {
    vi.useRealTimers();
  }
});

test("who comes as a stranger joins one layer, and pays for all once they have said who they are", () => {
  const { come, joins } = atTheDoor();
  for (let n = 0; n < 20; n++) {
    const before = joins();
    const stranger = come({ asStranger: true });
    for (let i = 0; i < 180; i++) stranger.join(`room${i}`);
    expect(joins()).toBe(before + 1);
    stranger.socket.actor = { user: { id: "eve" } } as SyncSocket["actor"];
    while (stranger.joining().length > 0) stranger.take(stranger.joining()[0]!);
    stranger.gone();
  }
  expect(joins()).toBeGreaterThanOrEqual(2_000);
  expect(joins()).toBeLessThan(2_100);
});

test("what waits at all doors of a socket, and of a user, has one limit, and is given back", () => {
  const { come } = atTheDoor();
  const update = (document: string) => frame(document, FRAME.sync, 2, "x".repeat(1 << 20));
  const fill = () => {
    const socket = come();
    let frames = 0;
    for (; socket.socket.close.mock.calls.length === 0 && frames < 100; frames++) {
      socket.join(`room${frames}`);
      socket.receive(update(`room${frames}`));
    }
    return { ...socket, frames: frames - 1 };
  };
  const [first, second, third] = [fill(), fill(), fill()];
  expect([first.frames, second.frames, third.frames]).toEqual([7, 7, 1]);
  expect(first.socket.close).toHaveBeenCalledWith(4509, "too much at the door");
  for (const { gone } of [first, second, third]) gone();
  expect(fill().frames).toBe(7);
});
