import type { PeerState, SharedView } from "@coscope/annotations/presence";
import type { Viewer } from "@coscope/viewer";
import { beforeEach, expect, test, vi } from "vitest";
import { createFollow, type EndReason } from "./follow.ts";

const view: SharedView = {
  cx: 100,
  cy: 100,
  zoom: 2,
  rotation: 0,
  width: 800,
  height: 600,
  z: 3,
  t: 0,
  channels: [{ visible: true, min: 1, max: 2, gamma: 1, color: 0xffffff }],
};

function peer(peerId: number, part: Partial<PeerState> = {}): PeerState {
  return {
    peerId,
    user: { id: `u${peerId}`, name: `Peer ${peerId}`, color: "#ffffff" },
    cursor: null,
    view,
    following: 0,
    editing: null,
    ghost: null,
    broadcasting: true,
    ...part,
  };
}

let peers: Map<number, PeerState>;
let ended: [string, EndReason][];
let frames: ((now: number) => void)[];

beforeEach(() => {
  peers = new Map([[2, peer(2)]]);
  ended = [];
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (run: (now: number) => void) => frames.push(run));
  vi.stubGlobal("cancelAnimationFrame", () => {});
});

function follow() {
  const camera = { cx: 0, cy: 0, zoom: 1, rotation: 0 };
  const viewer = { camera: () => camera, setCamera: vi.fn(), channels: () => [] } as unknown as Viewer;
  const setPlane = vi.fn();
  const setChannels = vi.fn();
  const made = createFollow({
    viewer: () => viewer,
    size: () => ({ width: 400, height: 300 }),
    peer: (id) => peers.get(id),
    selfId: () => 1,
    setPlane,
    setChannels,
    isBusy: () => false,
    onEnded: (name, why) => ended.push([name, why]),
  });
  return { ...made, setPlane, setChannels };
}

test("plane and channels come along once for each change", () => {
  const { start, refresh, setPlane, setChannels } = follow();
  start(2);
  refresh();
  expect(setPlane).toHaveBeenCalledExactlyOnceWith({ z: 3, t: 0, projection: null });
  expect(setChannels).toHaveBeenCalledTimes(1);
  peers.set(2, peer(2, { view: { ...view, z: 4 } }));
  refresh();
  expect(setPlane).toHaveBeenLastCalledWith({ z: 4, t: 0, projection: null });
  expect(setChannels).toHaveBeenCalledTimes(1);
  peers.set(2, peer(2, { view: { ...view, z: 4, projection: "max" } }));
  refresh();
  expect(setPlane).toHaveBeenLastCalledWith({ z: 4, t: 0, projection: "max" });
});

test("ends when they leave or hide, and says which", () => {
  const { start, refresh, following } = follow();
  start(2);
  peers.set(2, peer(2, { broadcasting: false, view: null }));
  refresh();
  peers.set(2, peer(2));
  start(2);
  peers.delete(2);
  refresh();
  expect(following.get()).toBeNull();
  expect(ended).toEqual([
    ["Peer 2", "hidden"],
    ["Peer 2", "left"],
  ]);
});

test("two people never follow each other: who began first lets go", () => {
  const first = follow();
  first.start(2);
  // They begin to follow us, through a third person at that.
  peers.set(3, peer(3, { following: 1 }));
  peers.set(2, peer(2, { following: 3 }));
  first.refresh();
  expect(ended).toEqual([["Peer 2", "swapped"]]);

  const second = follow();
  second.start(2);
  expect(second.following.get()).toBe(2);
  expect(second.setPlane).not.toHaveBeenCalled();
  peers.set(2, peer(2));
  second.refresh();
  expect(second.setPlane).toHaveBeenCalledTimes(1);
});
