import type { LayerDocument, LayerQuery } from "@coscope/annotations";
import { createLayerDocument, createQuery } from "@coscope/annotations";
import { decodeStateVector, type StateVector } from "@coscope/annotations/outbox";
import { HocuspocusProvider } from "@hocuspocus/provider";
import { fromBase64 } from "lib0/buffer";
import type { LiveSocket } from "./socket.ts";
import { createUpdateGate, type UpdateGate } from "./update-gate.ts";

/** The server refused an update. Without `clock` it does not say which one. */
export interface Rejection {
  readonly reason: string;
  readonly clientId?: number;
  readonly clock?: number;
}

export interface RoomEvents {
  durable(vector: StateVector): void;
  rejected(rejection: Rejection): void;
  /** The layer has a new document: reopen under this name. */
  epoch(room: string): void;
  /** The server does not let this person in. */
  denied(reason: string): void;
}

/**
 * One document and its connection, from one opening to the next. A refused update or a new epoch ends it: the
 * layer then opens another with an empty document.
 */
export interface LiveRoom {
  readonly name: string;
  readonly document: LayerDocument;
  readonly query: LayerQuery;
  readonly gate: UpdateGate;
  /** The server's content and its durable state vector have arrived at least once. */
  readonly opened: Promise<StateVector>;
  /** Ends the connection; the content stays readable. */
  close(): void;
  /** Frees the content too. */
  destroy(): void;
}

export function openLiveRoom(socket: LiveSocket, name: string, events: RoomEvents): LiveRoom {
  const document = createLayerDocument();
  const query = createQuery(document);
  const synced = Promise.withResolvers<void>();
  const durable = Promise.withResolvers<StateVector>();

  const provider = new HocuspocusProvider({
    websocketProvider: socket.provider,
    name,
    document: document.doc,
    awareness: null,
    // The session cookie came with the socket; this only makes the server look at it.
    token: "",
    onSynced: () => synced.resolve(),
    onAuthenticationFailed: ({ reason }) => events.denied(reason),
    onStateless: ({ payload }) => receive(payload),
  });
  const gate = createUpdateGate(provider, socket.isOpen);
  provider.attach();

  function receive(payload: string): void {
    const message = parseMessage(payload);
    if (!message || (message.room !== undefined && message.room !== name && message.t !== "epoch")) return;
    if (message.t === "durable" && message.sv !== undefined) {
      const vector = decodeStateVector(fromBase64(message.sv));
      durable.resolve(vector);
      events.durable(vector);
    } else if (message.t === "rejected") {
      const { reason = "refused", clientId, clock } = message;
      events.rejected({
        reason,
        ...(clientId !== undefined && { clientId }),
        ...(clock !== undefined && { clock }),
      });
    } else if (message.t === "epoch" && message.room !== undefined) {
      events.epoch(message.room);
    }
  }

  let open = true;
  function close(): void {
    if (!open) return;
    open = false;
    gate.destroy();
    provider.destroy();
  }

  return {
    name,
    document,
    query,
    gate,
    opened: Promise.all([synced.promise, durable.promise]).then(([, vector]) => vector),
    close,
    destroy() {
      close();
      query.destroy();
      document.doc.destroy();
    },
  };
}

interface RoomMessage {
  readonly t: string;
  readonly room?: string;
  readonly sv?: string;
  readonly reason?: string;
  readonly clientId?: number;
  readonly clock?: number;
}

function parseMessage(payload: string): RoomMessage | null {
  try {
    const message: unknown = JSON.parse(payload);
    return typeof message === "object" && message !== null && "t" in message
      ? (message as RoomMessage)
      : null;
  } catch {
    return null;
  }
}
