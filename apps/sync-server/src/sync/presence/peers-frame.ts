import { encodePeers, MAX_FRAME_BYTES, type PeerPatch } from "@coscope/annotations/presence";

/**
 * Puts PEERS frames together from patches that are encoded once, not once a recipient: with fifty people moving,
 * encoding is most of the work. Layout (PROTOCOL.md §7): 0x00 0x01 17, varuint count, then the patches.
 */
const HEADER = encodePeers([]).subarray(0, 3);
/** Room for the count; 65,535 peers need three bytes. */
const MAX_COUNT_BYTES = 3;

/** The bytes of one patch inside a PEERS frame. */
export function encodePeerPatch(patch: PeerPatch): Uint8Array {
  return encodePeers([patch]).subarray(HEADER.length + 1);
}

/** One frame, or several where one would be too large for a reader. */
export function joinPeerPatches(patches: readonly Uint8Array[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let from = 0;
  while (from < patches.length) {
    let to = from;
    let bytes = HEADER.length + MAX_COUNT_BYTES;
    while (to < patches.length && (to === from || bytes + patches[to]!.length <= MAX_FRAME_BYTES)) {
      bytes += patches[to++]!.length;
    }
    frames.push(joinInto(patches.slice(from, to)));
    from = to;
  }
  return frames;
}

function joinInto(patches: readonly Uint8Array[]): Uint8Array {
  const count = varUint(patches.length);
  const length = patches.reduce((sum, patch) => sum + patch.length, HEADER.length + count.length);
  const frame = new Uint8Array(length);
  frame.set(HEADER);
  frame.set(count, HEADER.length);
  let at = HEADER.length + count.length;
  for (const patch of patches) {
    frame.set(patch, at);
    at += patch.length;
  }
  return frame;
}

function varUint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}
