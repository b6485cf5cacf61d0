import { type Connection, OutgoingMessage } from "@hocuspocus/server";
import type { Logger } from "pino";
import type { Metrics } from "../metrics.ts";
import type { RoomContext } from "./context.ts";
import { type InboundFrame, readFrame } from "./frame.ts";
import type { Submission } from "./room.ts";
import { durableMessage, type Rooms } from "./rooms.ts";
import { CLOSE, type Seat, type SyncSocket } from "./socket.ts";

/** Answers with a gap, in a row, after which a client evidently cannot send what is missing. */
const MAX_FAILED_ANSWERS = 5;
/** Frames and bytes kept for a document that is still being joined; the rest comes with the first sync. */
const MAX_EARLY = 1_000;
const MAX_EARLY_BYTES = 5 << 20;

type UpdateFrame = Extract<InboundFrame, { kind: "update" }>;

export interface SeatsOptions {
  readonly rooms: Rooms;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Who sits in which room through which socket, and what happens to the updates they send. */
export class Seats {
  readonly #options: SeatsOptions;
  /** Frames whose updates are on their way into the log. */
  readonly #done = new WeakMap<Uint8Array, Promise<void>>();

  constructor(options: SeatsOptions) {
    this.#options = options;
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
    const seat: Seat = {
      connection,
      room,
      userId,
      viewOnly: connection.readOnly,
      quarantined: false,
      asked: false,
      failedAnswers: 0,
    };
    socket.seats.set(document.name, seat);
    connection.onClose(() => {
      if (socket.seats.get(document.name) === seat) socket.seats.delete(document.name);
    });
    connection.sendStateless(durableMessage(room));
    const early = socket.early.get(document.name) ?? [];
    socket.early.delete(document.name);
    for (const frame of early) {
      const parsed = readFrame(frame);
      if (parsed.kind === "update") this.#submit(socket, seat, frame, parsed);
    }
  }

  /** An update frame from a socket: into the log if it may, and only then to Hocuspocus. */
  receive(socket: SyncSocket, frame: Uint8Array, parsed: UpdateFrame): void {
    const seat = socket.seats.get(parsed.document);
    if (seat) this.#submit(socket, seat, frame, parsed);
    else this.#keep(socket, parsed.document, frame);
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

  #submit(socket: SyncSocket, seat: Seat, frame: Uint8Array, { update, isAnswer }: UpdateFrame): void {
    if (seat.quarantined || seat.viewOnly) {
      seat.connection.send(syncStatus(seat, false));
      return;
    }
    if (seat.room.failed) {
      socket.close(CLOSE.comeBack, "room reloaded");
      return;
    }
    if (isAnswer) seat.asked = false;
    const submission = seat.room.submit(update, seat.userId);
    if (submission.kind === "accepted") {
      if (isAnswer) seat.failedAnswers = 0;
      submission.done.catch(() => {});
      this.#done.set(frame, submission.done);
      socket.started(frame);
      socket.forward(frame);
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
  #quarantine(seat: Seat, submission: Exclude<Submission, { kind: "accepted" }>): void {
    seat.quarantined = true;
    const refused = submission.kind === "rejected" ? submission : { reason: "missing-history" };
    const { reason, detail, clientId, clock } = refused as Partial<typeof submission & { kind: "rejected" }>;
    this.#options.metrics.rejected.inc({ reason: reason ?? "unknown" });
    this.#options.log.warn(
      { room: seat.room.name, user: seat.userId, reason, detail, clientId, clock },
      "an update was refused",
    );
    seat.connection.sendStateless(
      JSON.stringify({ t: "rejected", room: seat.room.name, reason, detail, clientId, clock }),
    );
    seat.connection.send(syncStatus(seat, false));
  }

  #keep(socket: SyncSocket, documentName: string, frame: Uint8Array): void {
    const kept = socket.early.get(documentName) ?? [];
    const bytes = kept.reduce((sum, other) => sum + other.byteLength, frame.byteLength);
    if (kept.length >= MAX_EARLY || bytes > MAX_EARLY_BYTES || socket.early.size > 100) return;
    kept.push(frame);
    socket.early.set(documentName, kept);
  }
}

function syncStep1({ connection }: Seat): Uint8Array {
  return new OutgoingMessage(connection.messageAddress)
    .createSyncMessage()
    .writeFirstSyncStepFor(connection.document)
    .toUint8Array();
}

function syncStatus({ connection }: Seat, saved: boolean): Uint8Array {
  return new OutgoingMessage(connection.messageAddress).writeSyncStatus(saved).toUint8Array();
}
