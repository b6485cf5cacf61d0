import * as decoding from "lib0/decoding";

/** Types of Hocuspocus frames that we look at: varString(document) varUint(type) … */
const SYNC = 0;
const CLOSE = 7;
const STEP_1 = 0;

/** What a frame from the server says about a room, as far as its life goes. */
export function readRoomFrame(frame: Uint8Array): { room: string; kind: "step1" | "close" | "other" } | null {
  try {
    const decoder = decoding.createDecoder(frame);
    const room = decoding.readVarString(decoder);
    const type = decoding.readVarUint(decoder);
    if (type === CLOSE) return { room, kind: "close" };
    const asks = type === SYNC && decoding.readVarUint(decoder) === STEP_1;
    return { room, kind: asks ? "step1" : "other" };
  } catch {
    return null;
  }
}
