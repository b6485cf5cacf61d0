import { expect, test } from "vitest";
import type { SyncSocket } from "../socket.ts";
import { Peer } from "./peer.ts";

const view = (cx: number) => ({
  cx,
  cy: 0,
  zoom: 1,
  rotation: 0,
  width: 1,
  height: 1,
  z: 0,
  t: 0,
  channels: [],
});
const cursor = (x: number) => ({ x, y: 0, tool: "pan", pressed: false });
const newPeer = () => new Peer({} as SyncSocket, 1, { id: "u", name: "U", color: "#000000" });

test("only the newest of what happened between two ticks is sent", () => {
  const peer = newPeer();
  peer.change({ cursor: cursor(1) });
  peer.change({ cursor: cursor(2), following: 3 });
  expect(peer.take(0)).toEqual({ cursor: cursor(2), following: 3 });
  expect(peer.take(40)).toBeNull();
});

test("a view goes out ten times a second at most, and the last one always does", () => {
  const peer = newPeer();
  peer.change({ view: view(1) });
  expect(peer.take(0)).toEqual({ view: view(1) });
  peer.change({ view: view(2), cursor: cursor(1) });
  expect(peer.take(40)).toEqual({ cursor: cursor(1) });
  peer.change({ view: view(3) });
  expect(peer.take(80)).toBeNull();
  expect(peer.hasUnsent).toBe(true);
  expect(peer.take(120)).toEqual({ view: view(3) });
  expect(peer.hasUnsent).toBe(false);
});

test("hiding one's view does not wait, nor does showing it again", () => {
  const peer = newPeer();
  peer.change({ view: view(1), broadcasting: true });
  peer.take(0);
  peer.change({ view: null, broadcasting: false });
  expect(peer.take(10)).toEqual({ view: null, broadcasting: false });
  peer.change({ view: view(2), broadcasting: true });
  expect(peer.take(20)).toEqual({ view: view(2), broadcasting: true });
  peer.change({ view: null });
  expect(peer.take(30)).toEqual({ view: null });
});
