import type { Connection, WebSocketLike } from "@hocuspocus/server";
import type { WebSocket } from "ws";
import type { SessionActor } from "../access/sessions.ts";
import type { RoomContext } from "./context.ts";
import type { Dialect } from "./dialect.ts";
import type { Room } from "./room.ts";

/** A peer that lets this much pile up is closed; it comes back and is brought up to date at once. */
const MAX_BUFFERED_BYTES = 8 << 20;
/** Frames being handled beyond which we stop reading from a socket, until half of them are done. */
const MAX_IN_FLIGHT = 2_000;
const MAX_IN_FLIGHT_BYTES = 32 << 20;

/**
 * Close codes. y-websocket clients give up on 44xx and come back on others, and so should ours:
 * 4400 malformed, 4401 session ended, 4429 too much; 4509 "come back", 1001 going down.
 */
export const CLOSE = { malformed: 4400, signedOut: 4401, tooMuch: 4429, comeBack: 4509 } as const;

/** One joined document on one socket. */
export interface Seat {
  readonly connection: Connection<RoomContext>;
  readonly room: Room;
  readonly userId: string;
  /** May look and not draw. */
  readonly viewOnly: boolean;
  /** Something of it was refused: nothing more is taken from it until it joins anew. */
  quarantined: boolean;
  /** The client was asked for what is missing and has not answered yet. */
  asked: boolean;
  /** Answers in a row in which something was missing still. */
  failedAnswers: number;
}

/** What is known about one WebSocket: who it is, what it joined, what is being handled. */
export class SyncSocket {
  readonly ws: WebSocket;
  readonly target: WebSocketLike;
  /** The session of the upgrade request; or, without one, of the first token that a room was joined with. */
  actor: SessionActor | null;
  readonly seats = new Map<string, Seat>();
  /** Frames that came for a document before it was joined; Hocuspocus holds and bounds them too. */
  readonly early = new Map<string, Uint8Array[]>();
  /** Hands a frame to Hocuspocus. */
  forward: (frame: Uint8Array) => void = () => {};
  readonly #handling = new Set<Uint8Array>();
  #inFlightBytes = 0;

  constructor(ws: WebSocket, dialect: Dialect, actor: SessionActor | null, onSlow: () => void) {
    this.ws = ws;
    this.actor = actor;
    this.target = {
      get readyState() {
        return ws.readyState;
      },
      send: (data) => {
        if (ws.readyState !== ws.OPEN) return;
        if (ws.bufferedAmount > MAX_BUFFERED_BYTES) {
          onSlow();
          this.close(CLOSE.comeBack, "not reading");
          return;
        }
        const outbound = dialect.outbound(data as Uint8Array);
        if (!outbound) return;
        if ("send" in outbound) ws.send(outbound.send);
        else this.close(outbound.close, outbound.reason);
      },
      close: (code, reason) => this.close(code, reason),
    };
  }

  /** Closes, and cuts the line of a peer that does not answer the closing. */
  close(code = 1000, reason = ""): void {
    if (this.ws.readyState === this.ws.CLOSED) return;
    try {
      this.ws.close(code, fitting(reason));
    } catch {
      this.ws.terminate();
      return;
    }
    setTimeout(() => this.ws.terminate(), 2_000).unref();
  }

  /** Called for every update handed to Hocuspocus in a joined room. */
  started(frame: Uint8Array): void {
    this.#handling.add(frame);
    this.#inFlightBytes += frame.byteLength;
    if (this.#handling.size > MAX_IN_FLIGHT || this.#inFlightBytes > MAX_IN_FLIGHT_BYTES) this.ws.pause();
  }

  finished(frame: Uint8Array): void {
    if (!this.#handling.delete(frame)) return;
    this.#inFlightBytes -= frame.byteLength;
    if (
      this.ws.isPaused &&
      this.#handling.size <= MAX_IN_FLIGHT / 2 &&
      this.#inFlightBytes <= MAX_IN_FLIGHT_BYTES / 2
    )
      this.ws.resume();
  }
}

/** A close frame takes 123 bytes of reason. */
function fitting(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= 123) return reason;
  return new TextDecoder().decode(bytes.subarray(0, 120)).replace(/\uFFFD+$/, "");
}
