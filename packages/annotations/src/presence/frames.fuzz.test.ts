import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PresenceDecodeError } from "./errors.ts";
import { decodeClientFrame, decodeServerFrame, encodePatch, encodePeers, encodeWelcome } from "./frames.ts";
import { MAX_CHANNELS } from "./limits.ts";
import { arbitraryPatch, arbitraryPeer } from "./presence.arbitrary.ts";
import type { PresencePatch } from "./types.ts";

/** Whatever the bytes: our error, or something within the limits. */
function decodeAnything(bytes: Uint8Array): void {
  for (const decode of [decodeClientFrame, decodeServerFrame]) {
    try {
      const frame = decode(bytes);
      if (frame.kind === "patch") checkPatch(frame.patch);
      if (frame.kind === "peers") for (const { patch } of frame.patches) checkPatch(patch);
      if (frame.kind === "welcome") expect(frame.peers.length).toBeLessThanOrEqual(bytes.length);
    } catch (error) {
      if (!(error instanceof PresenceDecodeError)) throw error;
    }
  }
}

function checkPatch({ view, cursor }: PresencePatch): void {
  for (const value of [view?.zoom, view?.rotation, view?.cx, cursor?.x, cursor?.y])
    if (value !== undefined) expect(Number.isFinite(value)).toBe(true);
  expect(view?.channels.length ?? 0).toBeLessThanOrEqual(MAX_CHANNELS);
}

const frames = fc.oneof(
  arbitraryPatch.map(encodePatch),
  fc
    .array(arbitraryPatch, { maxLength: 3 })
    .map((list) => encodePeers(list.map((patch) => ({ peerId: 5, patch })))),
  fc.array(arbitraryPeer, { maxLength: 2 }).map((peers) => encodeWelcome("image", 1, peers)),
);

describe("decoding presence from anything", () => {
  test("random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodeAnything), { numRuns: 10_000 });
  });

  test("random bytes behind a good prefix", () => {
    const kind = fc.constantFrom(1, 2, 3, 16, 17, 18, 19, 20, 21);
    fc.assert(
      fc.property(kind, fc.uint8Array({ maxLength: 200 }), (code, rest) =>
        decodeAnything(Uint8Array.from([0, 1, code, ...rest])),
      ),
      { numRuns: 20_000 },
    );
  });

  test("good frames, cut, changed and extended", () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(
        frames,
        edits,
        fc.option(fc.nat()),
        fc.uint8Array({ maxLength: 3 }),
        (good, changes, cut, tail) => {
          const kept = good.subarray(0, cut === null ? good.length : cut % good.length);
          const bytes = Uint8Array.from([...kept, ...tail]);
          for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
          decodeAnything(bytes);
        },
      ),
      { numRuns: 10_000 },
    );
  });
});
