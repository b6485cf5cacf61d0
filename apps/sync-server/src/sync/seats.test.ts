import * as encoding from "lib0/encoding";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { createMetrics } from "../metrics.ts";
import { FRAME, readFrame } from "./frame.ts";
import type { Rooms } from "./rooms.ts";
import { type RoomFrame, Seats } from "./seats.ts";
import { MAX_MEMBERSHIPS, type SyncSocket } from "./socket.ts";
import { SocketWaiting, WaitingBytes } from "./waiting.ts";

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

/** Sockets of one user at the door, and what came through it. */
function atTheDoor() {
  const seats = new Seats({
    rooms: {} as Rooms,
    restMs: () => 0,
    log: pino({ level: "silent" }),
    metrics: createMetrics(),
  });
  const waiting = new WaitingBytes();
  const forwarded: string[] = [];
  const come = () => {
    const sent: Uint8Array[] = [];
    const socket = {
      actor: { user: { id: "eve" } },
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
