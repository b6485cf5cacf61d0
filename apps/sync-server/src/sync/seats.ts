import { Pieces } from "@coscope/annotations/document";
import { type Connection, type Document, OutgoingMessage } from "@hocuspocus/server";
import * as encoding from "lib0/encoding";
import type { Logger } from "pino";
import * as Y from "yjs";
import type { Metrics } from "../metrics.ts";
import type { RoomContext } from "./context.ts";
import { Doors } from "./doors.ts";
import { type InboundFrame, readFrame } from "./frame.ts";
import { createMeter } from "./meter.ts";
import type { Room, Submission } from "./room.ts";
import { durableMessage, type Rooms } from "./rooms.ts";
import { CLOSE, MAX_MEMBERSHIPS, type Membership, type Seat, type SyncSocket } from "./socket.ts";
import { FrameQueue } from "./waiting.ts";

/** Answers with a gap, in a row, after which a client evidently cannot send what is missing. */
const MAX_FAILED_ANSWERS = 5;
/**
 * Documents that one socket joins at the same time; the others wait their turn. A page with 150 layers would make
 * everybody wait otherwise, and Hocuspocus cuts off who asks for more than 100 at once.
 */
const MAX_JOINING = 8;
/**
 * A larger layer is sent in pieces of this: so much arrives within the 30 s that providers bear without a message also
 * where the line carries 150 kbit/s.
 */
const PIECE_BYTES = 512 << 10;
const MAX_HOLD_MS = 60_000;
/** A frame that names a room. */
export type RoomFrame = Exclude<InboundFrame, { kind: "ignored" | "malformed" }>;
type Queued = Extract<Membership, { state: "queued" }>;
type UpdateFrame = Extract<InboundFrame, { kind: "update" }>;

export interface SeatsOptions {
  readonly rooms: Rooms;
  /** How long to read nothing from a user of whom much waits for the database, in ms. */
  restMs(userId: string): number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Who sits in which room through which socket, and what happens to the updates they send. */
export class Seats {
  readonly #options: SeatsOptions;
  /** Frames whose updates are on their way into the log. */
  readonly #done = new WeakMap<Uint8Array, Promise<void>>();
  readonly #meter = createMeter();
  readonly #doors = new Doors((socket) => this.#nextWave(socket));

  constructor(options: SeatsOptions) {
    this.#options = options;
  }

  /** A frame for a room: to Hocuspocus, at the time at which it means there what the client meant. */
  receive(socket: SyncSocket, frame: Uint8Array, parsed: RoomFrame): void {
    const { document, kind } = parsed;
    const membership = socket.memberships.get(document);
    if (membership === undefined) {
      // Only a token opens the door; Hocuspocus would keep the rest and take it for part of the next attempt.
      if (kind === "auth") this.#knock(socket, document, frame);
    } else if (membership.state === "queued") {
      if (kind === "close") this.#forget(socket, document);
      else this.#wait(socket, membership.early, frame);
    } else if (membership.state === "leaving") {
      this.#wait(socket, membership.held, frame);
    } else if (kind === "close") {
      const place = membership.state === "joining" ? membership.place : null;
      if (place) this.#doors.hold(place);
      this.#forget(socket, document);
      socket.memberships.set(document, { state: "leaving", held: new FrameQueue(socket.waiting), place });
      socket.forward(frame);
    } else if (kind === "auth") {
      // It is in, or about to be.
    } else if (membership.state === "joining") {
      this.#wait(socket, membership.early, frame);
    } else if (kind === "step1") {
      socket.rest(this.#meter(membership.seat.userId, { questions: 1 }));
      this.#answer(socket, membership.seat, parsed.stateVector);
    } else {
      this.#submit(socket, membership.seat, frame, parsed);
    }
  }

  /** The socket is closed: nothing waits there any more. */
  gone(socket: SyncSocket): void {
    this.#doors.gone(socket);
    for (const document of socket.memberships.keys()) this.#forget(socket, document);
    socket.answers.close();
  }

  /** Hocuspocus' `onLoadDocument`: who made us load it keeps the place and pays, also when they are gone meanwhile. */
  async load(document: Document, { socket, userId }: RoomContext): Promise<void> {
    const { rooms } = this.#options;
    const membership = socket.memberships.get(document.name);
    const place = membership && "place" in membership ? membership.place : null;
    if (place) this.#doors.hold(place);
    try {
      await rooms.load(document);
      const room = rooms.of(document);
      if (room) this.#meter(userId, { joins: mebibytesOf(room) });
      if (place) place.isPaid = true;
    } finally {
      if (place) this.#doors.leave(place);
    }
  }

  /** Hocuspocus' `connected`: the room is joined. */
  take(connection: Connection<RoomContext>, { socket, userId }: RoomContext): void {
    const { document } = connection;
    const room = this.#options.rooms.of(document);
    if (!room || room.failed) {
      // The document was unloaded or given up between loading and joining: come back for the current one.
      socket.close(CLOSE.comeBack, "room reloaded");
      return;
    }
    if (!document.hasConnection(connection)) {
      this.left(socket, document.name);
      return;
    }
    connection.onClose(() => this.left(socket, document.name));
    const membership = socket.memberships.get(document.name);
    // Goodbye was said before the door opened.
    if (membership?.state !== "joining") return;
    const seat: Seat = {
      connection,
      room,
      userId,
      viewOnly: connection.readOnly,
      quarantined: false,
      asked: false,
      failedAnswers: 0,
    };
    socket.memberships.set(document.name, { state: "seated", seat });
    const { isPaid, place } = membership;
    const joins = (isPaid ? 0 : 1) + (place.isPaid ? 0 : mebibytesOf(room));
    this.#hold(socket, this.#meter(userId, { joins }));
    this.#doors.leave(place);
    this.#nextWave(socket);
    connection.sendStateless(durableMessage(room));
    this.#replay(socket, membership.early);
  }

  /** The connection to a document is gone, or was never made: what waited for that is heard now. */
  left(socket: SyncSocket, document: string): void {
    const membership = socket.memberships.get(document);
    if (membership?.state !== "leaving") {
      this.#forget(socket, document);
      this.#nextWave(socket);
      return;
    }
    // After Hocuspocus has tidied up, which it does around the call that brought us here.
    setImmediate(() => {
      // The socket may have gone, too.
      if (socket.memberships.get(document) !== membership) return;
      socket.memberships.delete(document);
      if (membership.place) this.#doors.leave(membership.place);
      this.#replay(socket, membership.held);
      this.#nextWave(socket);
    });
  }

  #knock(socket: SyncSocket, document: string, auth: Uint8Array): void {
    if (socket.memberships.size >= MAX_MEMBERSHIPS) {
      socket.target.send(denied(document, "too-many-layers"));
      return;
    }
    const early = new FrameQueue(socket.waiting);
    const membership: Queued = { state: "queued", auth, early, isPaid: false };
    socket.memberships.set(document, membership);
    this.#owes(socket, membership);
    this.#nextWave(socket);
  }

  /** Notes what joining costs, and whether its user has joined too much. Who that is may be known only later. */
  #owes(socket: SyncSocket, membership: Queued): boolean {
    if (!socket.actor) return false;
    const waitMs = this.#meter(socket.actor.user.id, { joins: membership.isPaid ? 0 : 1 });
    membership.isPaid = true;
    this.#hold(socket, waitMs);
    return waitMs > 0;
  }

  /** Lets nobody in through this socket for a while. Not to read is not enough: a new socket would be read once. */
  #hold(socket: SyncSocket, ms: number): void {
    if (ms <= 0) return;
    socket.rest(ms);
    const wait = Math.min(ms, MAX_HOLD_MS);
    socket.joinsFromMs = performance.now() + wait;
    setTimeout(() => this.#nextWave(socket), wait + 1).unref();
  }

  #wait(socket: SyncSocket, queue: FrameQueue, frame: Uint8Array): void {
    if (!queue.push(frame, socket.actor?.user.id ?? null))
      socket.close(CLOSE.comeBack, "too much at the door");
  }

  #forget(socket: SyncSocket, document: string): void {
    const membership = socket.memberships.get(document);
    if (membership?.state === "leaving") membership.held.takeAll();
    else if (membership && membership.state !== "seated") membership.early.takeAll();
    socket.memberships.delete(document);
    socket.answers.forget(document);
    if (membership && "place" in membership && membership.place) this.#doors.leave(membership.place);
  }

  /** Lets in the next of those that wait at the door. */
  #nextWave(socket: SyncSocket): void {
    if (performance.now() < socket.joinsFromMs) return;
    let joining = 0;
    for (const { state } of socket.memberships.values()) if (state === "joining") joining++;
    for (const [document, membership] of socket.memberships) {
      if (joining >= MAX_JOINING) return;
      if (membership.state !== "queued") continue;
      if (this.#owes(socket, membership)) return;
      const place = this.#doors.enter(socket);
      if (!place) return;
      joining++;
      const { early, isPaid } = membership;
      socket.memberships.set(document, { state: "joining", early, isPaid, place });
      socket.forward(membership.auth);
    }
  }

  #replay(socket: SyncSocket, queue: FrameQueue): void {
    for (const frame of queue.takeAll()) {
      const parsed = readFrame(frame);
      if (parsed.kind !== "ignored" && parsed.kind !== "malformed") this.receive(socket, frame, parsed);
    }
  }

  /** Resolves when the frame's update is durable and in the document. */
  async settled(connection: Connection<RoomContext>, frame: Uint8Array): Promise<void> {
    try {
      await this.#done.get(frame);
    } catch {
      // The room gave up and its sockets are being closed; Hocuspocus must not apply this one.
      connection.readOnly = true;
    }
  }

  /** What the client lacks, as fast as it reads: first the structs of a large layer in pieces, then all the rest. */
  #answer(socket: SyncSocket, seat: Seat, stateVector: Uint8Array): void {
    const { connection, room } = seat;
    const { document } = room;
    const { snapshot, unfolded } = room.bytes;
    const isLarge = snapshot + unfolded > PIECE_BYTES;
    const pieces = Pieces.of(document, Y.decodeStateVector(stateVector));
    socket.answers.add(document.name, () => {
      if (room.failed) return false;
      const piece = isLarge ? pieces.next(PIECE_BYTES) : null;
      if (piece) {
        connection.send(syncMessage(seat).writeUpdate(piece).toUint8Array());
        return true;
      }
      // Asked only now: the client takes "saved" for the end of the answer.
      connection.send(syncStep1(seat));
      // What was written since the question was sent as it came.
      connection.send(syncStep2(seat, Y.encodeStateVector(isLarge ? document : pieces.taken)));
      return false;
    });
  }

  #submit(socket: SyncSocket, seat: Seat, frame: Uint8Array, { update, isAnswer }: UpdateFrame): void {
    if (seat.quarantined) {
      socket.rest(this.#meter(seat.userId, { updates: 1, bytes: update.byteLength }));
      seat.connection.send(syncStatus(seat, false));
      return;
    }
    if (seat.room.failed) {
      socket.close(CLOSE.comeBack, "room reloaded");
      return;
    }
    if (isAnswer) seat.asked = false;
    const start = performance.now();
    const submission = seat.viewOnly
      ? seat.room.look(update, seat.userId)
      : seat.room.submit(update, seat.userId);
    const workMs = performance.now() - start;
    const cost = { updates: 1, bytes: update.byteLength, workMs };
    socket.rest(Math.max(this.#meter(seat.userId, cost), this.#options.restMs(seat.userId)));
    if (submission.kind === "accepted" && seat.viewOnly) {
      seat.connection.send(syncStatus(seat, true));
    } else if (submission.kind === "accepted") {
      if (isAnswer) seat.failedAnswers = 0;
      submission.done.catch(() => {});
      this.#done.set(frame, submission.done);
      socket.started(frame);
      socket.forward(frame);
    } else if (submission.kind === "busy") {
      // Before it was accepted, so that nothing rests on it. The client comes back and sends again what is not here.
      socket.close(CLOSE.comeBack, "too much waits for the database");
    } else if (submission.kind === "gap" && !(isAnswer && ++seat.failedAnswers > MAX_FAILED_ANSWERS)) {
      this.#ask(seat);
    } else {
      this.#quarantine(seat, submission);
    }
  }

  /** Once: what else comes before the answer is in the answer too. */
  #ask(seat: Seat): void {
    this.#options.metrics.gaps.inc();
    if (seat.asked) return;
    seat.asked = true;
    seat.connection.send(syncStep1(seat));
  }

  /**
   * Closing the socket would make the client reconnect and send the same again. So it stays, still sees its
   * colleagues' edits, and is told; the page keeps the refused work aside and starts from a new document.
   */
  #quarantine(seat: Seat, submission: Exclude<Submission, { kind: "accepted" | "busy" }>): void {
    seat.quarantined = true;
    const refused = submission.kind === "rejected" ? submission : { reason: "missing-history" };
    const { reason, detail, clientId, clock, clockTo } = refused as Partial<
      typeof submission & { kind: "rejected" }
    >;
    this.#options.metrics.rejected.inc({ reason: reason ?? "unknown" });
    this.#options.log.warn(
      { room: seat.room.name, user: seat.userId, reason, detail, clientId, clock, clockTo },
      "an update was refused",
    );
    seat.connection.sendStateless(
      JSON.stringify({ t: "rejected", room: seat.room.name, reason, detail, clientId, clock, clockTo }),
    );
    seat.connection.send(syncStatus(seat, false));
  }
}

function mebibytesOf({ bytes: { snapshot, unfolded } }: Room): number {
  return (snapshot + unfolded) / (1 << 20);
}

const syncMessage = ({ connection }: Seat) =>
  new OutgoingMessage(connection.messageAddress).createSyncMessage();

function syncStep1(seat: Seat): Uint8Array {
  return syncMessage(seat).writeFirstSyncStepFor(seat.connection.document).toUint8Array();
}

/** SyncStep2: what `document` has beyond `stateVector`, and everything deleted. */
function syncStep2(seat: Seat, stateVector: Uint8Array): Uint8Array {
  const message = syncMessage(seat);
  encoding.writeVarUint(message.encoder, 1);
  encoding.writeVarUint8Array(message.encoder, Y.encodeStateAsUpdate(seat.connection.document, stateVector));
  return message.toUint8Array();
}

function syncStatus({ connection }: Seat, saved: boolean): Uint8Array {
  return new OutgoingMessage(connection.messageAddress).writeSyncStatus(saved).toUint8Array();
}

/** A frame that says that a document may not be joined. */
export function denied(document: string, reason: string): Uint8Array {
  return new OutgoingMessage(document).writePermissionDenied(reason).toUint8Array();
}
