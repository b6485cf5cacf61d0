import { PresenceDecodeError } from "./errors.ts";
import { readPatch, readPeer, readPeerId, writePatch, writePeer } from "./fields.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import { MAX_FRAME_BYTES } from "./limits.ts";
import type {
  ClientFrame,
  PeerPatch,
  PeerState,
  PresenceMessage,
  PresencePatch,
  ServerFrame,
} from "./types.ts";

/** 0x00 is an empty document name to Hocuspocus; 0x01 lets its provider keep only the newest while offline. */
const PREFIX = [0x00, 0x01] as const;
const KIND = {
  join: 1,
  patch: 2,
  leave: 3,
  welcome: 16,
  peers: 17,
  joined: 18,
  left: 19,
  event: 20,
  error: 21,
} as const;

/** Least bytes of a peer: peerId, three lengths, one letter of an id, mask. */
const LEAST_PEER_BYTES = 7;
/** Least bytes of a peer's patch: peerId, mask. */
const LEAST_PATCH_BYTES = 3;

/** Whether a message on the shared socket is a presence frame; decode it to know whether it is a good one. */
export const isPresenceFrame = (bytes: Uint8Array): boolean =>
  bytes[0] === PREFIX[0] && bytes[1] === PREFIX[1];

function frame(kind: keyof typeof KIND, write: (out: FrameWriter) => void = () => {}): Uint8Array {
  const out = new FrameWriter();
  for (const byte of PREFIX) out.u8(byte);
  out.u8(KIND[kind]);
  write(out);
  return out.finish();
}

// Client to server. All encoders throw PresenceEncodeError where a limit would be broken.

export const encodeJoin = (imageId: string): Uint8Array => frame("join", (out) => out.id(imageId));
export const encodePatch = (patch: PresencePatch): Uint8Array =>
  frame("patch", (out) => writePatch(out, patch));
export const encodeLeave = (to?: string): Uint8Array =>
  frame("leave", (out) => {
    if (to !== undefined) out.id(to);
  });

// Server to client.

export const encodeWelcome = (imageId: string, peerId: number, peers: readonly PeerState[]): Uint8Array =>
  frame("welcome", (out) => {
    out.id(imageId);
    out.u16(peerId);
    out.varUint(peers.length);
    for (const peer of peers) writePeer(out, peer);
  });

export const encodePeers = (patches: readonly PeerPatch[]): Uint8Array =>
  frame("peers", (out) => {
    out.varUint(patches.length);
    for (const { peerId, patch } of patches) {
      out.u16(peerId);
      writePatch(out, patch);
    }
  });

export const encodeJoined = (peer: PeerState): Uint8Array => frame("joined", (out) => writePeer(out, peer));
export const encodeLeft = (peerId: number): Uint8Array => frame("left", (out) => out.u16(peerId));
export const encodeEvent = (event: PresenceMessage): Uint8Array => jsonFrame("event", event);
export const encodeError = (error: PresenceMessage): Uint8Array => jsonFrame("error", error);

const jsonFrame = (kind: "event" | "error", message: PresenceMessage): Uint8Array =>
  frame(kind, (out) => out.string(JSON.stringify(message), MAX_FRAME_BYTES));

/** Throws PresenceDecodeError and nothing else, whatever the bytes. */
export function decodeClientFrame(bytes: Uint8Array): ClientFrame {
  const { reader, kind } = open(bytes);
  const result = readClientFrame(reader, kind);
  reader.end();
  return result;
}

/** Throws PresenceDecodeError and nothing else, whatever the bytes. */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  const { reader, kind } = open(bytes);
  const result = readServerFrame(reader, kind);
  reader.end();
  return result;
}

function open(bytes: Uint8Array): { reader: FrameReader; kind: number } {
  const reader = new FrameReader(bytes);
  for (const expected of PREFIX) {
    const byte = reader.u8();
    if (byte !== expected) throw new PresenceDecodeError("not-presence", `${expected}`, byte);
  }
  return { reader, kind: reader.u8() };
}

function readClientFrame(reader: FrameReader, kind: number): ClientFrame {
  switch (kind) {
    case KIND.join:
      return { kind: "join", imageId: reader.id() };
    case KIND.patch:
      return { kind: "patch", patch: readPatch(reader) };
    case KIND.leave:
      return reader.remaining === 0 ? { kind: "leave" } : { kind: "leave", to: reader.id() };
    default:
      throw new PresenceDecodeError("unknown-kind", "a client's frame", kind);
  }
}

function readServerFrame(reader: FrameReader, kind: number): ServerFrame {
  switch (kind) {
    case KIND.welcome:
      return {
        kind: "welcome",
        imageId: reader.id(),
        peerId: readPeerId(reader),
        peers: readList(reader, LEAST_PEER_BYTES, () => readPeer(reader)),
      };
    case KIND.peers:
      return {
        kind: "peers",
        patches: readList(reader, LEAST_PATCH_BYTES, () => ({
          peerId: readPeerId(reader),
          patch: readPatch(reader),
        })),
      };
    case KIND.joined:
      return { kind: "joined", peer: readPeer(reader) };
    case KIND.left:
      return { kind: "left", peerId: readPeerId(reader) };
    case KIND.event:
      return { kind: "event", event: readMessage(reader) };
    case KIND.error:
      return { kind: "error", error: readMessage(reader) };
    default:
      throw new PresenceDecodeError("unknown-kind", "a server's frame", kind);
  }
}

function readList<T>(reader: FrameReader, leastBytesEach: number, read: () => T): T[] {
  const count = reader.varUint();
  if (count * leastBytesEach > reader.remaining)
    throw new PresenceDecodeError("truncated", `${count * leastBytesEach} more bytes`, reader.remaining);
  return Array.from({ length: count }, read);
}

function readMessage(reader: FrameReader): PresenceMessage {
  let message: unknown;
  try {
    message = JSON.parse(reader.string(MAX_FRAME_BYTES));
  } catch (error) {
    if (error instanceof PresenceDecodeError) throw error;
    throw new PresenceDecodeError("bad-value", "JSON", "other text");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message))
    throw new PresenceDecodeError("bad-value", "a JSON object", JSON.stringify(message)?.slice(0, 40));
  return message as PresenceMessage;
}
