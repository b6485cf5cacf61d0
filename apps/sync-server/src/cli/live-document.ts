import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import WebSocket from "ws";
import * as sync from "y-protocols/sync";
import * as Y from "yjs";
import { ServerError } from "../errors.ts";

const SYNC = 0;
const RETRY_MS = [500, 1_000, 2_000, 5_000];

export interface LiveDocument {
  readonly doc: Y.Doc;
  /** The first whole state is here. */
  readonly synced: Promise<void>;
  /** Rejects when the server does not let us in, or no longer; never resolves. */
  readonly ended: Promise<never>;
  close(): void;
}

/**
 * A layer's document, kept up to date over `/yjs/<room>`; what is written into it is sent. Comes back by itself when
 * the server does.
 */
export function openLiveDocument({
  server,
  room,
  token,
}: {
  server: string;
  room: string;
  token: string;
}): LiveDocument {
  const doc = new Y.Doc();
  const synced = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => {});
  let closed = false;
  let tries = 0;
  let ws: WebSocket;
  let timer: NodeJS.Timeout | undefined;

  function send(write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, SYNC);
    write(encoder);
    if (encoding.length(encoder) > 1) ws.send(encoding.toUint8Array(encoder));
  }

  doc.on("update", (update: Uint8Array, origin: unknown) => {
    // What is written while there is no connection goes with the next handshake.
    if (origin !== "server" && ws.readyState === ws.OPEN)
      send((encoder) => sync.writeUpdate(encoder, update));
  });

  function connect(): void {
    ws = new WebSocket(`${server.replace(/^http/, "ws")}/yjs/${room}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    ws.on("open", () => send((encoder) => sync.writeSyncStep1(encoder, doc)));
    ws.on("message", (data: Buffer) => {
      const decoder = decoding.createDecoder(data);
      if (decoding.readVarUint(decoder) !== SYNC) return;
      send((encoder) => {
        const type = sync.readSyncMessage(decoder, encoder, doc, "server");
        if (type !== sync.messageYjsSyncStep2) return;
        tries = 0;
        synced.resolve();
      });
    });
    ws.on("error", () => {});
    ws.on("close", (code, reason) => {
      if (closed) return;
      if (code >= 4400 && code < 4500) {
        const why = reason.toString() || `closed with ${code}`;
        ended.reject(new ServerError("forbidden", `The server ended it: ${why}.`));
      } else timer = setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
    });
  }
  connect();

  return {
    doc,
    synced: synced.promise,
    ended: ended.promise,
    close() {
      closed = true;
      clearTimeout(timer);
      ws.close();
      doc.destroy();
    },
  };
}
