import type { LayerDocument, LayerQuery } from "@coscope/annotations";
import { createLayerDocument, createQuery } from "@coscope/annotations";
import { decodeStateVector, type StateVector } from "@coscope/annotations/outbox";
import { HocuspocusProvider } from "@hocuspocus/provider";
import { fromBase64 } from "lib0/buffer";
import type { Rejection } from "./refusal.ts";
import { readRoomFrame } from "./room-frames.ts";
import type { LiveSocket } from "./socket.ts";
import { createUpdateGate, type UpdateGate } from "./update-gate.ts";

export interface RoomEvents {
  /** Let in; `mayWrite` or only look. */
  joined(mayWrite: boolean): void;
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
  /**
   * Ends the connection; the content stays readable, and edits still reach the outbox. Resolves when the server
   * has let go too: only then can a room of the same name be opened on this socket.
   */
  close(): Promise<void>;
  /** Frees the content too. */
  destroy(): void;
}

/** How long the server may take to let go of a room before the whole connection is made anew. */
const LEAVE_MS = 5_000;

export function openLiveRoom(socket: LiveSocket, name: string, events: RoomEvents): LiveRoom {
  const document = createLayerDocument();
  const query = createQuery(document);
  const synced = Promise.withResolvers<void>();
  const durable = Promise.withResolvers<StateVector>();

  let answered = false;
  let refused = false;

  const provider = new HocuspocusProvider({
    websocketProvider: socket.provider,
    name,
    document: document.doc,
    awareness: null,
    // The session cookie came with the socket; this only makes the server look at it.
    token: "",
    onSynced: () => synced.resolve(),
    onAuthenticated: ({ scope }) => events.joined(scope !== "readonly"),
    onAuthenticationFailed({ reason }) {
      refused = true;
      events.denied(reason);
    },
    onStateless: ({ payload }) => receive(payload),
  });
  const gate = createUpdateGate(provider, () => answered && socket.isOpen());
  const stops = [
    socket.connected.subscribe(() => {
      answered = false;
    }),
    socket.onFrame((frame) => {
      const read = readRoomFrame(frame);
      if (read?.room !== name) return;
      // The provider answers in the same task, right after this.
      if (read.kind === "step1") answered = true;
      if (read.kind === "close") answered = false;
    }),
  ];
  provider.attach();

  function receive(payload: string): void {
    const message = parseMessage(payload);
    if (!message || (message.room !== undefined && message.room !== name && message.t !== "epoch")) return;
    if (message.t === "durable" && message.sv !== undefined) {
      const vector = decodeStateVector(fromBase64(message.sv));
      durable.resolve(vector);
      events.durable(vector);
    } else if (message.t === "rejected") {
      const { reason = "refused", clientId, clock, clockTo } = message;
      events.rejected({
        reason,
        ...(clientId !== undefined && { clientId }),
        ...(clock !== undefined && { clock }),
        ...(clockTo !== undefined && { clockTo }),
      });
    } else if (message.t === "epoch" && message.room !== undefined) {
      events.epoch(message.room);
    }
  }

  let closed: Promise<void> | null = null;
  function close(): Promise<void> {
    closed ??= leave();
    return closed;
  }

  async function leave(): Promise<void> {
    gate.destroy();
    for (const stop of stops) stop();
    // Where it was never let in, the server would take a farewell for part of the next attempt.
    if (refused) socket.provider.configuration.providerMap.delete(name);
    const gone = refused || !socket.isOpen() ? Promise.resolve() : whenLeft(socket, name);
    provider.destroy();
    await gone;
  }

  return {
    name,
    document,
    query,
    gate,
    opened: Promise.all([synced.promise, durable.promise]).then(([, vector]) => vector),
    close,
    destroy() {
      void close();
      query.destroy();
      document.doc.destroy();
    },
  };
}

/** Resolves when the server has closed the room, or the connection is gone. */
function whenLeft(socket: LiveSocket, name: string): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.reset(), LEAVE_MS);
    const done = () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      resolve();
    };
    const stops = [
      socket.onFrame((frame) => {
        const read = readRoomFrame(frame);
        if (read?.room === name && read.kind === "close") done();
      }),
      socket.connected.subscribe(() => {
        if (!socket.connected.get()) done();
      }),
    ];
  });
}

interface RoomMessage {
  readonly t: string;
  readonly room?: string;
  readonly sv?: string;
  readonly reason?: string;
  readonly clientId?: number;
  readonly clock?: number;
  readonly clockTo?: number;
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
