import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { FRAME } from "./frame.ts";

/** What goes onto a WebSocket instead of a Hocuspocus frame. */
export type Outbound = { send: Uint8Array } | { close: number; reason: string } | null;

/** How the frames of an endpoint relate to Hocuspocus' own: varString(document) varUint(type) … */
export interface Dialect {
  /** Sent every 20 s: clients give up on a silent socket. */
  readonly keepalive: Uint8Array;
  /** Whether frames whose first byte is 0 are presence. */
  readonly hasPresence: boolean;
  /** null: nothing for us. May throw on malformed bytes. */
  inbound(frame: Uint8Array): Uint8Array | null;
  outbound(frame: Uint8Array): Outbound;
}

/** `/collab`: Hocuspocus' own frames, many documents on one socket. */
export const COLLAB: Dialect = {
  keepalive: Uint8Array.of(9),
  hasPresence: true,
  // A single 10 is the answer to the keepalive; it names no document and must not reach Hocuspocus.
  inbound: (frame) => (frame.length === 0 || (frame.length === 1 && frame[0] === 10) ? null : frame),
  outbound: (frame) => ({ send: frame }),
};

/** Close codes for y-websocket, which gives up for good on 44xx. */
const CLOSE_DENIED = 4403;
const CLOSE_GONE = 4410;
const CLOSE_REJECTED = 4422;
/** Come back: the database did not answer. */
const CLOSE_UNAVAILABLE = 4503;
/** Why a room cannot be joined just now. */
export const UNAVAILABLE = "unavailable";
/** y-websocket: type, then as in Hocuspocus. */
const SYNC = 0;
/** An awareness update about nobody. */
const NOBODY = Uint8Array.of(1, 1, 0);

/**
 * `/yjs/<room>`: y-websocket's protocol, for ordinary Yjs providers. Such a client cannot be told why an update was
 * refused but by closing its socket; what is saved it asks over HTTP. Awareness is not passed on.
 */
export function yjsDialect(document: string): Dialect {
  return {
    keepalive: NOBODY,
    hasPresence: false,
    inbound(frame) {
      if (frame.length === 0 || frame[0] !== SYNC) return null;
      const encoder = encoding.createEncoder();
      encoding.writeVarString(encoder, document);
      encoding.writeUint8Array(encoder, frame);
      return encoding.toUint8Array(encoder);
    },
    outbound(frame) {
      const decoder = decoding.createDecoder(frame);
      decoding.readVarString(decoder);
      const type = decoding.readVarUint(decoder);
      if (type === FRAME.sync || type === FRAME.syncReply) {
        const encoder = encoding.createEncoder();
        encoding.writeVarUint(encoder, SYNC);
        encoding.writeUint8Array(encoder, decoding.readTailAsUint8Array(decoder));
        return { send: encoding.toUint8Array(encoder) };
      }
      if (type === FRAME.auth && decoding.readVarUint(decoder) === 1) {
        const reason = decoding.readVarString(decoder);
        return { close: reason === UNAVAILABLE ? CLOSE_UNAVAILABLE : CLOSE_DENIED, reason };
      }
      if (type === FRAME.close) return { close: CLOSE_GONE, reason: decoding.readVarString(decoder) };
      if (type === FRAME.stateless) return rejectionIn(decoding.readVarString(decoder));
      return null;
    },
  };
}

function rejectionIn(text: string): Outbound {
  const message = JSON.parse(text) as { t: string; reason?: string; detail?: string };
  if (message.t !== "rejected") return null;
  return { close: CLOSE_REJECTED, reason: [message.reason, message.detail].filter(Boolean).join(": ") };
}

/** The frame with which we join a document for a client that has no such frame; the socket's session counts. */
export function joinFrame(document: string): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, document);
  encoding.writeVarUint(encoder, FRAME.auth);
  encoding.writeVarUint(encoder, 0);
  encoding.writeVarString(encoder, "");
  return encoding.toUint8Array(encoder);
}

/** The document that a path asks for, or null when it asks for none. `/yjs/e1/image/layer` → `e1/image/layer`. */
export function documentOfPath(pathname: string): string | null {
  const match = /^\/yjs\/(.+)$/.exec(pathname);
  if (!match) return null;
  try {
    return decodeURIComponent(match[1]!);
  } catch {
    return null;
  }
}
