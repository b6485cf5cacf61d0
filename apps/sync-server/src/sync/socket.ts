import type { Connection, WebSocketLike } from "@hocuspocus/server";
import type { WebSocket } from "ws";
import type { SessionActor } from "../access/sessions.ts";
import { Answers } from "./answers.ts";
import type { RoomContext } from "./context.ts";
import type { Dialect } from "./dialect.ts";
import type { Place } from "./doors.ts";
import { FRAME } from "./frame.ts";
import { Outlet } from "./outlet.ts";
import type { AwarenessBridge } from "./presence/awareness.ts";
import type { Room } from "./room.ts";
import { type FrameQueue, SocketWaiting, type WaitingBytes } from "./waiting.ts";

/** Frames being handled beyond which we stop reading from a socket, until half of them are done. */
const MAX_IN_FLIGHT = 2_000;
const MAX_IN_FLIGHT_BYTES = 32 << 20;
/** Shorter than what providers bear without a frame. */
const MAX_REST_MS = 15_000;

/**
 * Close codes. y-websocket clients give up on 44xx and come back on others, and so should ours:
 * 4400 malformed, 4401 session ended, 4413 a frame too large, 4429 too much; 4509 "come back", 1001 going down.
 */
export const CLOSE = {
  malformed: 4400,
  signedOut: 4401,
  tooLarge: 4413,
  tooMuch: 4429,
  comeBack: 4509,
} as const;

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

/**
 * How a socket stands to a document. Hocuspocus takes whatever comes for a document that is being joined or left
 * as part of that, so frames wait where they belong to what comes after.
 */
export type Membership =
  /** Asked to be let in, and waits for others before it. `isPaid`: its user is known, and it was noted what this costs. */
  | { readonly state: "queued"; readonly auth: Uint8Array; readonly early: FrameQueue; isPaid: boolean }
  /** Asked to be let in. Updates wait. */
  | { readonly state: "joining"; readonly early: FrameQueue; readonly isPaid: boolean; readonly place: Place }
  | { readonly state: "seated"; readonly seat: Seat }
  /**
   * Said goodbye. Everything waits until the connection is gone: it may be the next joining. `place`: of who said it
   * while joining, which goes on.
   */
  | { readonly state: "leaving"; readonly held: FrameQueue; readonly place: Place | null };

/** Documents on one socket. */
export const MAX_MEMBERSHIPS = 200;

/** Hocuspocus' auth message "permission denied". */
const DENIED = 1;

/** What is known about one WebSocket: who it is, what it joined, what is being handled. */
export class SyncSocket {
  readonly ws: WebSocket;
  readonly target: WebSocketLike;
  /** The session of the upgrade request; or, without one, of the first token that a room was joined with. */
  actor: SessionActor | null;
  /** By document; what is not in here is neither joined nor being joined. */
  readonly memberships = new Map<string, Membership>();
  readonly waiting: SocketWaiting;
  readonly answers: Answers;
  readonly outlet: Outlet;
  /** Until then nothing more is joined: its user has joined too much. ms of performance.now(). */
  joinsFromMs = 0;
  /** Hands a frame to Hocuspocus. */
  forward: (frame: Uint8Array) => void = () => {};
  /** Whether the user, who came in as a stranger, may have one more socket. */
  mayBeOf: (userId: string) => boolean = () => true;
  /** Hocuspocus did not let us into a document. */
  onDenied: (document: string) => void = () => {};
  /** How presence reaches a client that speaks y-websocket. */
  awareness: AwarenessBridge | null = null;
  readonly #handling = new Set<Uint8Array>();
  #inFlightBytes = 0;
  #resting: NodeJS.Timeout | null = null;
  /** It was not read from since this was set to false. */
  rested = false;

  constructor(
    ws: WebSocket,
    dialect: Dialect,
    actor: SessionActor | null,
    { waiting, onSlow }: { waiting: WaitingBytes; onSlow(): void },
  ) {
    this.ws = ws;
    this.actor = actor;
    this.waiting = new SocketWaiting(waiting);
    this.answers = new Answers(ws);
    this.outlet = new Outlet(ws, () => this.answers.goOn());
    this.target = {
      get readyState() {
        return ws.readyState;
      },
      send: (data) => {
        if (ws.readyState !== ws.OPEN) return;
        if (this.outlet.isFull) {
          onSlow();
          this.close(CLOSE.comeBack, "not reading");
          return;
        }
        const frame = data as Uint8Array;
        if (this.awareness && frame[0] === 0) {
          this.awareness.show(frame);
          return;
        }
        const refused = documentDeniedIn(frame);
        if (refused !== null) this.onDenied(refused);
        const outbound = dialect.outbound(frame);
        if (!outbound) return;
        if ("send" in outbound) this.outlet.put(outbound.send);
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
    if (this.#handling.size > MAX_IN_FLIGHT || this.#inFlightBytes > MAX_IN_FLIGHT_BYTES) this.#pause();
  }

  /** Reads nothing for a while: its user has sent faster than one may. */
  rest(ms: number): void {
    if (ms <= 0) return;
    this.#pause();
    this.#resting ??= setTimeout(
      () => {
        this.#resting = null;
        this.#resume();
      },
      Math.min(ms, MAX_REST_MS),
    ).unref();
  }

  finished(frame: Uint8Array): void {
    if (!this.#handling.delete(frame)) return;
    this.#inFlightBytes -= frame.byteLength;
    this.#resume();
  }

  #pause(): void {
    this.rested = true;
    this.ws.pause();
  }

  #resume(): void {
    if (
      this.ws.isPaused &&
      this.#resting === null &&
      this.#handling.size <= MAX_IN_FLIGHT / 2 &&
      this.#inFlightBytes <= MAX_IN_FLIGHT_BYTES / 2
    )
      this.ws.resume();
  }
}

/** The document of a frame that says that it may not be joined; null for all other frames, at next to no cost. */
function documentDeniedIn(frame: Uint8Array): string | null {
  const nameLength = frame[0]!;
  if (nameLength > 127 || frame[1 + nameLength] !== FRAME.auth || frame[2 + nameLength] !== DENIED)
    return null;
  return new TextDecoder().decode(frame.subarray(1, 1 + nameLength));
}

/** A close frame takes 123 bytes of reason. */
function fitting(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= 123) return reason;
  return new TextDecoder().decode(bytes.subarray(0, 120)).replace(/\uFFFD+$/, "");
}
