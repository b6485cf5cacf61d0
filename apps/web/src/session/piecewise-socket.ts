import { inPieces } from "@coscope/annotations/document";
import { HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";

/** Hocuspocus' type of frames about documents, and y-protocols' of updates in them. */
const SYNC = 0;
const UPDATE = 2;
/** Far below the 16 MiB that a server takes, and few enough annotations for it to look at in a moment. */
const MAX_BYTES = 2 << 20;

/** What came together in a long time without a network leaves as frames that a server takes. */
export class PiecewiseSocket extends HocuspocusProviderWebsocket {
  override send(message: Parameters<HocuspocusProviderWebsocket["send"]>[0]): void {
    for (const frame of message instanceof Uint8Array ? framesOf(message) : [message]) super.send(frame);
  }
}

/**
 * A frame as those that it is sent as: a large update, or answer to what the server lacks, in pieces. The last is of
 * the kind that the whole was.
 */
function framesOf(frame: Uint8Array): Uint8Array[] {
  if (frame.byteLength <= MAX_BYTES) return [frame];
  const decoder = decoding.createDecoder(frame);
  const document = decoding.readVarString(decoder);
  const type = decoding.readVarUint(decoder);
  if (type !== SYNC) return [frame];
  const kind = decoding.readVarUint(decoder);
  const pieces = inPieces(decoding.readVarUint8Array(decoder), MAX_BYTES);
  return pieces.map((piece, index) => {
    const encoder = encoding.createEncoder();
    encoding.writeVarString(encoder, document);
    encoding.writeVarUint(encoder, SYNC);
    encoding.writeVarUint(encoder, index === pieces.length - 1 ? kind : UPDATE);
    encoding.writeVarUint8Array(encoder, piece);
    return encoding.toUint8Array(encoder);
  });
}
