import { decodeServerFrame, type ServerFrame } from "@coscope/annotations/presence";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createMetrics } from "../../metrics.ts";
import type { SyncSocket } from "../socket.ts";
import { ImageRoom } from "./image-room.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A socket that keeps what it is sent. */
class Line {
  readonly frames: ServerFrame[] = [];
  buffered = 0;
  mayRead = true;
  readonly socket: SyncSocket;
  constructor() {
    const line = this;
    this.socket = {
      ws: {
        get bufferedAmount() {
          return line.buffered;
        },
      },
      target: { send: (bytes: Uint8Array) => line.frames.push(decodeServerFrame(bytes)) },
      line,
    } as unknown as SyncSocket;
  }
  kinds = () => this.frames.map((frame) => frame.kind);
}

function newRoom() {
  const room = new ImageRoom({
    imageId: "i",
    projectId: "p",
    metrics: createMetrics(),
    mayReadLayers: (socket) => (socket as unknown as { line: Line }).line.mayRead,
  });
  room.layerIds = new Set(["l"]);
  return room;
}

const user = (name: string) => ({ id: name, name, color: "#000000" });
const cursor = (x: number) => ({ x, y: 0, tool: "pan", pressed: false });
const editing = { layerId: "l", id: "a" };

test("someone whose line is full is left out, then gets everything anew", () => {
  const room = newRoom();
  const [a, slow] = [new Line(), new Line()];
  const ada = room.join(a.socket, user("ada"))!;
  room.join(slow.socket, user("slow"));
  slow.buffered = 1 << 20;
  for (let x = 0; x < 10; x++) {
    room.change(ada, { cursor: cursor(x) });
    vi.advanceTimersByTime(40);
  }
  expect(slow.kinds()).toEqual(["welcome"]);
  slow.buffered = 0;
  vi.advanceTimersByTime(40);
  expect(slow.kinds()).toEqual(["welcome", "welcome"]);
  expect(slow.frames[1]).toMatchObject({ peers: [{ peerId: ada.peerId, cursor: cursor(9) }] });
  room.change(ada, { cursor: cursor(77) });
  vi.advanceTimersByTime(40);
  expect(slow.frames.at(-1)).toEqual({
    kind: "peers",
    patches: [{ peerId: ada.peerId, patch: { cursor: cursor(77) } }],
  });
});

test("an idle room keeps no timer", () => {
  const room = newRoom();
  const a = new Line();
  const ada = room.join(a.socket, user("ada"))!;
  room.change(ada, { cursor: cursor(1) });
  vi.advanceTimersByTime(40);
  expect(vi.getTimerCount()).toBe(0);
  room.change(ada, { cursor: cursor(2) });
  room.leave(ada);
  expect(vi.getTimerCount()).toBe(0);
});

test("what names a layer goes only to those who may read it", () => {
  const room = newRoom();
  const [a, blind] = [new Line(), new Line()];
  blind.mayRead = false;
  const ada = room.join(a.socket, user("ada"))!;
  room.join(blind.socket, user("blind"));
  room.change(ada, { editing, cursor: cursor(1) });
  vi.advanceTimersByTime(40);
  expect(blind.frames.at(-1)).toEqual({
    kind: "peers",
    patches: [{ peerId: ada.peerId, patch: { cursor: cursor(1) } }],
  });
  const count = blind.frames.length;
  room.change(ada, { editing: null });
  vi.advanceTimersByTime(40);
  expect(blind.frames).toHaveLength(count);
  room.change(ada, { editing });
  const late = new Line();
  late.mayRead = false;
  room.join(late.socket, user("late"));
  expect(late.frames[0]).toMatchObject({ kind: "welcome", peers: [{ editing: null }, {}] });
});

test("a room takes so many and no more", () => {
  const room = newRoom();
  const lines = Array.from({ length: 500 }, () => new Line());
  const send = vi.fn();
  for (const line of lines) Object.assign(line.socket, { target: { send } });
  expect(lines.every((line, i) => room.join(line.socket, user(`u${i}`)))).toBe(true);
  expect(room.join(new Line().socket, user("more"))).toBeNull();
});

test("who follows is told where the other goes on to, unless they hide where they look", () => {
  const went = (line: Line) => line.frames.flatMap((frame) => (frame.kind === "event" ? [frame.event] : []));
  for (const broadcasting of [true, false]) {
    const room = newRoom();
    const [a, follower, third] = [new Line(), new Line(), new Line()];
    const ada = room.join(a.socket, user("ada"))!;
    room.change(ada, { broadcasting });
    room.change(room.join(follower.socket, user("finn"))!, { following: ada.peerId });
    room.join(third.socket, user("theo"));
    room.leave(ada, "elsewhere");
    const told = [{ t: "went", peerId: ada.peerId, imageId: "elsewhere" }];
    expect(went(follower)).toEqual(broadcasting ? told : []);
    expect(follower.frames.at(-1)).toEqual({ kind: "left", peerId: ada.peerId });
    expect(went(third)).toEqual([]);
    vi.advanceTimersByTime(40);
  }
});

test("peer ids are not handed on at once", () => {
  const room = newRoom();
  const first = room.join(new Line().socket, user("a"))!;
  room.leave(first);
  expect(room.join(new Line().socket, user("b"))!.peerId).not.toBe(first.peerId);
});
