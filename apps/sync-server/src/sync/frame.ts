import * as decoding from "lib0/decoding";

/** Types of Hocuspocus frames: varString(document) varUint(type) … */
export const FRAME = { sync: 0, auth: 2, syncReply: 4, stateless: 5, close: 7 } as const;

export type InboundFrame =
  /** SyncStep1: the client's state vector. */
  | { kind: "step1"; document: string; stateVector: Uint8Array }
  /** A Yjs V1 update, as a view into the frame. `isAnswer`: SyncStep2, everything we said that we miss. */
  | { kind: "update"; document: string; update: Uint8Array; isAnswer: boolean }
  /** A token to join with. */
  | { kind: "auth"; document: string }
  /** The document is left. */
  | { kind: "close"; document: string }
  /** Awareness, stateless and others: not used here, dropped. */
  | { kind: "ignored" }
  | { kind: "malformed" };

/** Takes apart what a page sent on /collab. Never throws. */
export function readFrame(frame: Uint8Array): InboundFrame {
  try {
    const decoder = decoding.createDecoder(frame);
    const document = decoding.readVarString(decoder);
    const type = decoding.readVarUint(decoder);
    // A NUL would address a session within a document, which we do not offer.
    if (document.length > 200 || document.includes("\0")) return { kind: "malformed" };
    if (type === FRAME.close) return { kind: "close", document };
    if (type === FRAME.auth) return isToken(decoder) ? { kind: "auth", document } : { kind: "malformed" };
    if (type !== FRAME.sync && type !== FRAME.syncReply) return { kind: "ignored" };
    const step = decoding.readVarUint(decoder);
    const payload = decoding.readVarUint8Array(decoder);
    if (step === 0) return { kind: "step1", document, stateVector: payload };
    if (step === 1 || step === 2) return { kind: "update", document, update: payload, isAnswer: step === 1 };
    return { kind: "malformed" };
  } catch {
    return { kind: "malformed" };
  }
}

/** varUint(0) varString(token) [varString(provider's version)]: Hocuspocus reads it again without a net. */
function isToken(decoder: decoding.Decoder): boolean {
  if (decoding.readVarUint(decoder) !== 0) return false;
  const token = decoding.readVarString(decoder);
  const version = decoding.hasContent(decoder) ? decoding.readVarString(decoder) : "";
  return token.length <= 1_000 && version.length <= 100;
}
