import {
  decodeServerFrame,
  encodePeers,
  MAX_FRAME_BYTES,
  type PeerPatch,
  type PresencePatch,
} from "@coscope/annotations/presence";
import { expect, test } from "vitest";
import { encodePeerPatch, joinPeerPatches } from "./peers-frame.ts";

const cursor: PresencePatch = { cursor: { x: 10.5, y: -3, tool: "lasso", pressed: true } };
const patch = (peerId: number): PeerPatch => ({ peerId, patch: cursor });

test.each([1, 2, 127, 128, 300])("%i patches joined are the frame that would have been encoded", (count) => {
  const patches = Array.from({ length: count }, (_, i) => patch(i + 1));
  const [joined, ...more] = joinPeerPatches(patches.map(encodePeerPatch));
  expect(more).toEqual([]);
  expect(joined).toEqual(encodePeers(patches));
});

test("nothing to say is no frame", () => {
  expect(joinPeerPatches([])).toEqual([]);
});

test("too much for one frame becomes several, each readable", () => {
  const points = Array.from({ length: 12_000 }, (_, i) => (i % 2 ? i : -i) * 40);
  const ghost = {
    layerId: "l",
    classId: null,
    geometry: { kind: "polyline", plane: { z: 0, t: 0 }, points },
  };
  const one = encodePeerPatch({
    peerId: 1,
    patch: {
      ghost: { ...ghost, geometry: { ...ghost.geometry, points: points.slice(0, 3_000) } },
    } as PresencePatch,
  });
  const frames = joinPeerPatches(Array.from({ length: 20 }, () => one));
  expect(frames.length).toBeGreaterThan(1);
  let total = 0;
  for (const frame of frames) {
    expect(frame.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    const decoded = decodeServerFrame(frame);
    total += decoded.kind === "peers" ? decoded.patches.length : 0;
  }
  expect(total).toBe(20);
});
