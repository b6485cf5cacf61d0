import type { Document, LocalTransactionOrigin } from "@hocuspocus/server";
import type { Logger } from "pino";
import * as Y from "yjs";
import { ServerError } from "../errors.ts";
import type { DocumentId, LogEntry } from "../store/document-log.ts";
import type { StoredDocument } from "../store/documents.ts";
import { PendingItems, refusalOf } from "./check.ts";
import { classify, isDeletedIn, type RejectReason, type RoomView, type Verdict } from "./classify.ts";
import { type DecodedUpdate, decodeUpdate } from "./decode.ts";

/** `GET …/durable`, and what rooms announce. `stateVector` is base64 of Yjs' format. */
export interface DurableState {
  room: string;
  stateVector: string;
  sequence: number;
}

/** What became of an update. `done` resolves when it is durable and applied. */
export type Submission =
  | { kind: "accepted"; done: Promise<void> }
  | { kind: "gap" }
  /** Too much of this user's waits for the database. Nothing is wrong with it: it may come again. */
  | { kind: "busy" }
  /** The refused part: `clientId`'s clocks from `clock` (inclusive) to `clockTo` (exclusive), where known. */
  | {
      kind: "rejected";
      reason: RejectReason;
      detail?: string;
      clientId?: number;
      clock?: number;
      clockTo?: number;
    };

export interface RoomOptions {
  readonly name: string;
  readonly id: DocumentId;
  readonly imageId: string;
  readonly document: Document;
  readonly stored: StoredDocument;
  append(entry: LogEntry): Promise<{ sequence: number }>;
  /** Whether so many more bytes of the user may wait for the database. */
  hasRoomFor(userId: string, bytes: number): boolean;
  /** Whether the user may write under so many more client ids. */
  mayClaim(room: Room, userId: string, count: number): boolean;
  /** Why so many more bytes may not be written; null when they may. */
  full(room: Room, bytes: number): RejectReason | null;
  /** After the durable state vector moved, by an edit of this user's that came at `arrival`, ms of performance.now(). */
  onDurable(room: Room, userId: string, arrival: number): void;
  /** The database gave up, or the layer moved on: everybody in the room must come back. */
  onFailure(room: Room, error: ServerError): void;
  /** Nothing is on its way any more. */
  onIdle(room: Room): void;
  readonly log: Logger;
}

/** Broadcast by Hocuspocus like any change, kept out of its own storing. */
const ORIGIN: LocalTransactionOrigin = { source: "local", skipStoreHooks: true };

/**
 * One live document and what is known about its durability.
 *
 * `accepted` runs ahead of the document by the edits that are being committed; `durable` is what the database
 * has. An update goes: accepted → committed → applied (which broadcasts it) → `done`.
 */
export class Room {
  readonly name: string;
  readonly id: DocumentId;
  readonly imageId: string;
  readonly document: Document;
  readonly #options: RoomOptions;
  readonly #accepted: Map<number, number>;
  readonly #durable: Map<number, number>;
  readonly #owners: Map<number, string>;
  readonly #view: RoomView;
  readonly #pendingItems = new PendingItems();
  #sequence: number;
  #snapshotSequence: number;
  #snapshotBytes: number;
  #unfoldedBytes: number;
  #pending = 0;
  #failed = false;
  #isFlushing = false;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: RoomOptions) {
    this.#options = options;
    this.name = options.name;
    this.id = options.id;
    this.imageId = options.imageId;
    this.document = options.document;
    this.#durable = Y.decodeStateVector(Y.encodeStateVector(options.document));
    this.#accepted = new Map(this.#durable);
    this.#owners = new Map(options.stored.owners);
    this.#sequence = options.stored.sequence;
    this.#snapshotSequence = options.stored.snapshotSequence;
    this.#snapshotBytes = options.stored.snapshot?.byteLength ?? 0;
    this.#unfoldedBytes = options.stored.updates.reduce((sum, update) => sum + update.byteLength, 0);
    this.#view = {
      clock: (clientId) => this.#accepted.get(clientId) ?? 0,
      owner: (clientId) => this.#owners.get(clientId),
      isDeleted: (client, clock, length) => isDeletedIn(this.document, client, clock, length),
    };
  }

  /** Sequence of the last update that is in the document. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Updates since the last snapshot. */
  get unfolded(): number {
    return this.#sequence - this.#snapshotSequence;
  }

  /** Bytes of these, and of the snapshot before them. */
  get bytes(): { unfolded: number; snapshot: number } {
    return { unfolded: this.#unfoldedBytes, snapshot: this.#snapshotBytes };
  }

  /** Edits that are accepted and not yet applied. */
  get pending(): number {
    return this.#pending;
  }

  /** True once the room gave up; a new one is made when somebody joins again. */
  get failed(): boolean {
    return this.#failed;
  }

  durable(): DurableState {
    const stateVector = Buffer.from(Y.encodeStateVector(this.#durable)).toString("base64");
    return { room: this.name, stateVector, sequence: this.#sequence };
  }

  /** What becomes of an update of somebody who may not write: only what is here already is accepted. */
  look(bytes: Uint8Array, userId: string): Submission {
    const decoded = decodeUpdate(bytes);
    const isKnown = typeof decoded !== "string" && classify(decoded, userId, this.#view).kind === "known";
    return isKnown
      ? { kind: "accepted", done: Promise.resolve() }
      : { kind: "rejected", reason: "view-only" };
  }

  /** Decides about an update at once and starts its way into the log. `bytes` may be reused by the caller. */
  submit(bytes: Uint8Array, userId: string): Submission {
    const decoded = decodeUpdate(bytes);
    if (typeof decoded === "string") return { kind: "rejected", reason: decoded };
    const verdict = classify(decoded, userId, this.#view);
    if (verdict.kind === "gap" || verdict.kind === "rejected") return verdict;
    // What is known may still be on its way: nobody is told "saved" before it is.
    if (verdict.kind === "known") return { kind: "accepted", done: this.#tail.then(() => {}) };
    if (!this.#options.hasRoomFor(userId, bytes.byteLength)) return { kind: "busy" };
    const detail = refusalOf(bytes, this.#pendingItems.complete(decoded), this.document, userId);
    const where = () => {
      const [clientId, clockTo] = verdict.after.entries().next().value ?? [];
      return clientId === undefined ? {} : { clientId, clock: this.#view.clock(clientId), clockTo: clockTo! };
    };
    if (detail !== null) return { kind: "rejected", reason: "not-an-annotation", detail, ...where() };
    if (verdict.claims.length > 0 && !this.#options.mayClaim(this, userId, verdict.claims.length))
      return { kind: "rejected", reason: "too-many-clients" };
    const full = this.#options.full(this, bytes.byteLength);
    if (full) return { kind: "rejected", reason: full, ...where() };
    for (const [clientId, clock] of verdict.after) this.#accepted.set(clientId, clock);
    for (const clientId of verdict.claims) this.#owners.set(clientId, userId);
    return { kind: "accepted", done: this.#commit(bytes.slice(), decoded, userId, verdict) };
  }

  /** A snapshot up to `sequence` is there; when it was begun, `unfolded` bytes waited for it. */
  snapshotWritten(sequence: number, bytes: number, unfolded: number): void {
    if (sequence <= this.#snapshotSequence) return;
    this.#snapshotSequence = sequence;
    this.#snapshotBytes = bytes;
    this.#unfoldedBytes -= unfolded;
  }

  async #commit(
    bytes: Uint8Array,
    decoded: DecodedUpdate,
    userId: string,
    { after, claims }: Extract<Verdict, { kind: "new" }>,
  ): Promise<void> {
    // What was accepted here may rest on what was lost: the next room decides anew.
    if (this.#failed) throw failedBefore(this.name);
    const arrival = performance.now();
    this.#pendingItems.add(decoded);
    this.#pending++;
    const entry = { ...this.id, bytes, userId, clientIds: [...after.keys()], claims };
    const done = this.#options
      .append(entry)
      .then(({ sequence }) => this.#apply(entry, after, sequence, arrival));
    this.#tail = done.catch(() => {});
    try {
      await done;
    } catch (error) {
      this.#fail(error as ServerError);
      throw error;
    } finally {
      this.#pendingItems.remove(decoded);
      this.#pending--;
      if (this.#pending === 0) this.#options.onIdle(this);
    }
  }

  /** Runs in log order: commits resolve in the order in which they were asked for. */
  #apply(
    { bytes, userId }: LogEntry,
    after: ReadonlyMap<number, number>,
    sequence: number,
    arrival: number,
  ): void {
    if (this.#failed) throw failedBefore(this.name);
    if (sequence !== this.#sequence + 1) {
      throw new ServerError(
        "store-failed",
        `${this.name}: expected update ${this.#sequence + 1}, got ${sequence}.`,
        {
          next: "Something else wrote to the log; the room is loaded anew.",
        },
      );
    }
    try {
      Y.applyUpdate(this.document, bytes, ORIGIN);
    } catch (error) {
      // It is in the log and loads skip it the same way; the room itself must go on.
      this.#options.log.error({ err: error, room: this.name, sequence }, "a logged update cannot be applied");
    }
    this.#flushSoon();
    this.#sequence = sequence;
    this.#unfoldedBytes += bytes.byteLength;
    for (const [clientId, clock] of after) this.#durable.set(clientId, clock);
    this.#options.onDurable(this, userId, arrival);
  }

  /** What was committed together is sent together, and at once: Hocuspocus would let another turn of sockets pass before. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // After those that were resolved with it.
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.document.flush();
    });
  }

  #fail(error: ServerError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFailure(this, error);
  }
}

function failedBefore(name: string): ServerError {
  return new ServerError("store-failed", `${name} was given up.`, { next: "Join it again." });
}

/** Applies a stored document. Rows that cannot be applied are reported and skipped. */
export function applyStored(
  document: Y.Doc,
  stored: StoredDocument,
  onUnreadable: (error: unknown, index: number) => void,
): void {
  const all = stored.snapshot ? [stored.snapshot, ...stored.updates] : stored.updates;
  document.transact(() => {
    all.forEach((bytes, index) => {
      try {
        Y.applyUpdate(document, bytes, ORIGIN);
      } catch (error) {
        onUnreadable(error, index);
      }
    });
  }, ORIGIN);
}
