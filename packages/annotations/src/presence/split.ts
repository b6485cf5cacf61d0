import { PresenceEncodeError } from "./errors.ts";
import { encodeJoined, encodePeers, encodeWelcome } from "./frames.ts";
import type { PeerPatch, PeerState } from "./types.ts";

/** WELCOME with as many peers as fit into a frame, then a JOINED for each of the others. */
export function encodeWelcomeFrames(
  imageId: string,
  peerId: number,
  peers: readonly PeerState[],
): Uint8Array[] {
  for (let fitting = peers.length; ; fitting = Math.floor(fitting / 2)) {
    const welcome = attempt(() => encodeWelcome(imageId, peerId, peers.slice(0, fitting)));
    if (welcome) return [welcome, ...peers.slice(fitting).map(encodeJoined)];
    if (fitting === 0) throw new PresenceEncodeError("too-large", "a WELCOME that fits", imageId);
  }
}

/** One PEERS frame, or several where one would be too large. */
export function encodePeersFrames(patches: readonly PeerPatch[]): Uint8Array[] {
  const frame = attempt(() => encodePeers(patches));
  if (frame) return [frame];
  if (patches.length < 2) throw new PresenceEncodeError("too-large", "a patch that fits", patches[0]?.peerId);
  const half = patches.length >> 1;
  return [...encodePeersFrames(patches.slice(0, half)), ...encodePeersFrames(patches.slice(half))];
}

function attempt(encode: () => Uint8Array): Uint8Array | null {
  try {
    return encode();
  } catch (error) {
    if (error instanceof PresenceEncodeError && error.code === "too-large") return null;
    throw error;
  }
}
