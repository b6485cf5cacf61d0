import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryGeometry } from "../geometry/geometry.arbitrary.ts";
import { quantizeGeometry } from "../geometry/index.ts";
import { PresenceDecodeError, PresenceEncodeError } from "./errors.ts";
import {
  decodeClientFrame,
  decodeServerFrame,
  encodeError,
  encodeEvent,
  encodeJoin,
  encodeJoined,
  encodeLeave,
  encodeLeft,
  encodePatch,
  encodePeers,
  encodeWelcome,
  isPresenceFrame,
} from "./frames.ts";
import { arbitraryPatch, arbitraryPeer } from "./presence.arbitrary.ts";
import { encodePeersFrames, encodeWelcomeFrames } from "./split.ts";
import type { PeerState, PresencePatch, SharedView } from "./types.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const peer = (peerId: number, more: Partial<PeerState> = {}): PeerState => ({
  peerId,
  user: { id: `user${peerId}`, name: "Anna Å", color: "#112233" },
  cursor: null,
  view: null,
  following: 0,
  editing: null,
  ghost: null,
  broadcasting: true,
  ...more,
});

/** A ghost of about 12 KB. */
const large = () => {
  const points = Array.from({ length: 5000 }, (_, i) => (i % 4 < 2 ? i : -i) / 64);
  return {
    layerId: "layer",
    classId: null,
    geometry: { kind: "polyline", plane: { z: 0, t: 0 }, points },
  } as const;
};

describe("presence frames", () => {
  test("start as PROTOCOL.md says", () => {
    expect(hex(encodePatch({ cursor: { x: 100.5, y: -2, tool: "polygon", pressed: true } }))).toBe(
      "0001020117c064ff01",
    );
    expect(hex(encodeJoin("img1"))).toBe("00010104696d6731");
    expect(hex(encodeLeave())).toBe("000103");
    expect(isPresenceFrame(encodeLeave())).toBe(true);
    expect(isPresenceFrame(Uint8Array.of(9))).toBe(false);
  });

  test("a moving cursor takes at most 14 bytes", () => {
    expect(
      encodePatch({ cursor: { x: 100_000.5, y: 90_000.25, tool: "select", pressed: false } }).length,
    ).toBeLessThanOrEqual(14);
  });

  test("every patch comes back as it was sent", () => {
    fc.assert(
      fc.property(arbitraryPatch, (patch) => {
        const expected: PresencePatch = patch.ghost
          ? { ...patch, ghost: { ...patch.ghost, geometry: quantizeGeometry(patch.ghost.geometry) } }
          : patch;
        expect(decodeClientFrame(encodePatch(patch))).toEqual({ kind: "patch", patch: expected });
        expect(
          decodeServerFrame(
            encodePeers([
              { peerId: 9, patch },
              { peerId: 65535, patch: {} },
            ]),
          ),
        ).toEqual({
          kind: "peers",
          patches: [
            { peerId: 9, patch: expected },
            { peerId: 65535, patch: {} },
          ],
        });
      }),
    );
  });

  test("every peer comes back as it was sent", () => {
    fc.assert(
      fc.property(fc.array(arbitraryPeer, { maxLength: 4 }), (peers) => {
        const frame = decodeServerFrame(encodeWelcome("image", 3, peers));
        expect(frame).toEqual({ kind: "welcome", imageId: "image", peerId: 3, peers });
        for (const one of peers)
          expect(decodeServerFrame(encodeJoined(one))).toEqual({ kind: "joined", peer: one });
      }),
    );
  });

  test("the small ones", () => {
    expect(decodeClientFrame(encodeJoin("image"))).toEqual({ kind: "join", imageId: "image" });
    expect(decodeClientFrame(encodeLeave())).toEqual({ kind: "leave" });
    expect(decodeClientFrame(encodeLeave("im2"))).toEqual({ kind: "leave", to: "im2" });
    expect(decodeServerFrame(encodeLeft(7))).toEqual({ kind: "left", peerId: 7 });
    const event = { t: "rows", table: "class", op: "put", row: { id: "c1", name: "Nucléus" } };
    expect(decodeServerFrame(encodeEvent(event))).toEqual({ kind: "event", event });
    expect(decodeServerFrame(encodeError({ code: "x" }))).toEqual({ kind: "error", error: { code: "x" } });
  });

  test("an unknown tool's number reads as a plain pointer", () => {
    const bytes = encodePatch({ cursor: { x: 0, y: 0, tool: "select", pressed: false } });
    bytes[4] = 1 | (63 << 2);
    expect(decodeClientFrame(bytes)).toMatchObject({ patch: { cursor: { tool: "" } } });
  });

  test("a view without a flip, a projection, an inversion or a colour map is what it always was", () => {
    const channel = { visible: true, min: 0, max: 255, gamma: 1, color: 0x00ff00 };
    const view = { cx: 1, cy: 2, zoom: 1, rotation: 0, width: 4, height: 3, z: 5, t: 6, channels: [channel] };
    const old = "00010202" + "01" + "8001" + "8002" + "3f800000" + "00000000" + "04030506" + "01";
    const first = "01" + "00000000" + "437f0000" + "3f800000" + "00ff00";
    expect(hex(encodePatch({ view }))).toBe(old + first);
    const plain = { ...view, flip: false, projection: null, channels: [{ ...channel, inverted: false }] };
    expect(hex(encodePatch({ view: plain }))).toBe(old + first);
    expect(decodeClientFrame(Buffer.from(old + first, "hex"))).toEqual({ kind: "patch", patch: { view } });
    const display = {
      flip: true,
      projection: "max",
      channels: [{ ...channel, inverted: true, lut: "magma" }],
    };
    const bytes = encodePatch({ view: { ...view, ...display } as SharedView });
    expect(hex(bytes)).toBe(`${old.replace("0001020201", "0001020207")}0b${first.slice(2)}`);
  });

  test("a colour map's unknown number reads as the channel's colour", () => {
    const channel = { visible: true, min: 0, max: 1, gamma: 1, color: 1, lut: "gray" } as const;
    const view = { cx: 0, cy: 0, zoom: 1, rotation: 0, width: 1, height: 1, z: 0, t: 0, channels: [channel] };
    const bytes = encodePatch({ view });
    bytes[bytes.length - 16] = 1 | (63 << 2);
    const { lut: _, ...read } = channel;
    expect(decodeClientFrame(bytes)).toEqual({
      kind: "patch",
      patch: { view: { ...view, channels: [read] } },
    });
  });

  test("geometries without an area travel as ghosts", () => {
    fc.assert(
      fc.property(arbitraryGeometry, (geometry) => {
        const frame = encodePatch({ ghost: { layerId: "layer", classId: "c1", geometry } });
        expect(decodeClientFrame(frame)).toMatchObject({ patch: { ghost: { classId: "c1" } } });
      }),
    );
  });

  test.each<[string, () => unknown]>([
    [
      "a ghost of more than 16 KiB",
      () => {
        const points = Array.from({ length: 40_000 }, (_, i) => (i % 4 < 2 ? i : -i));
        return encodePatch({ ghost: { ...large(), geometry: { ...large().geometry, points } } });
      },
    ],
    [
      "a position that is no number",
      () => encodePatch({ cursor: { x: Number.NaN, y: 0, tool: "", pressed: false } }),
    ],
    ["a peer id beyond 16 bits", () => encodeLeft(65536)],
    ["a layer that is no id", () => encodePatch({ editing: { layerId: "", id: "a" } })],
    [
      "a name that is too long",
      () => encodeJoined(peer(1, { user: { id: "u", name: "x".repeat(101), color: "" } })),
    ],
    ["an event of more than 64 KiB", () => encodeEvent({ text: "x".repeat(70_000) })],
  ])("does not write %s", (_, encode) => {
    expect(encode).toThrow(PresenceEncodeError);
  });

  test.each([
    ["", "truncated"],
    ["01 01 01", "not-presence"],
    ["00 02 01", "not-presence"],
    ["00 01 09", "unknown-kind"],
    ["00 01 10", "unknown-kind"],
    ["00 01 03 00", "bad-value"],
    ["00 01 03 01 61 00", "trailing-bytes"],
    ["00 01 01 00", "bad-value"],
    ["00 01 01 02 ff ff", "bad-value"],
    ["00 01 01 ff ff ff ff 7f 61", "too-large"],
    ["00 01 02 40", "bad-value"],
    ["00 01 02 01 02", "bad-value"],
    ["00 01 02 02 01 00 00 00000000", "truncated"],
    ["00 01 02 02 02", "bad-value"],
    ["00 01 02 02 09", "bad-value"],
    // zoom 0, then NaN
    ["00 01 02 02 01 00 00 00000000 00000000 01 01 00 00 00", "bad-value"],
    ["00 01 02 02 01 00 00 7fc00000 00000000 01 01 00 00 00", "bad-value"],
    ["00 01 02 02 01 00 00 3f800000 00000000 01 01 00 00 41", "too-large"],
    ["00 01 02 10 01 01 61 00 03 01 00 09", "bad-value"],
    ["00 01 02 10 01 01 61 00 ff ff 7f", "too-large"],
  ])("refuses from a client: %s (%s)", (text, code) => {
    const bytes = new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
    expect(() => decodeClientFrame(bytes)).toThrow(PresenceDecodeError);
    expect(() => decodeClientFrame(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    ["00 01 01", "unknown-kind"],
    // Claims 2^49 peers.
    ["00 01 10 01 61 00 01 ff ff ff ff ff ff 7f", "truncated"],
    ["00 01 11 ff ff ff 7f", "truncated"],
    ["00 01 13 00 00", "bad-value"],
    ["00 01 14 02 5b 5d", "bad-value"],
    ["00 01 14 01 7b", "bad-value"],
  ])("refuses from a server: %s (%s)", (text, code) => {
    const bytes = new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
    expect(() => decodeServerFrame(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test("a frame of more than 64 KiB is not looked at", () => {
    expect(() => decodeClientFrame(new Uint8Array(70_000))).toThrow(
      expect.objectContaining({ code: "too-large" }),
    );
  });
});

describe("frames that would be too large", () => {
  const crowd = Array.from({ length: 12 }, (_, i) => peer(i + 1, { ghost: large() }));

  test("WELCOME goes on as JOINED", () => {
    const frames = encodeWelcomeFrames("image", 99, crowd).map(decodeServerFrame);
    expect(frames[0]).toMatchObject({ kind: "welcome", peerId: 99 });
    const peers = frames.flatMap((f) =>
      f.kind === "welcome" ? f.peers : f.kind === "joined" ? [f.peer] : [],
    );
    expect(peers.map(({ peerId }) => peerId)).toEqual(crowd.map(({ peerId }) => peerId));
    expect(encodeWelcomeFrames("image", 99, [])).toHaveLength(1);
  });

  test("PEERS is split", () => {
    const patches = crowd.map(({ peerId, ghost }) => ({ peerId, patch: { ghost } }));
    const frames = encodePeersFrames(patches).map(decodeServerFrame);
    expect(frames.length).toBeGreaterThan(1);
    const seen = frames.flatMap((f) => (f.kind === "peers" ? f.patches.map(({ peerId }) => peerId) : []));
    expect(seen).toEqual(crowd.map(({ peerId }) => peerId));
  });
});
