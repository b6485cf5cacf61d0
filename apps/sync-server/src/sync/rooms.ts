import { parseRoomName, roomName } from "@coscope/annotations/document";
import type { Document, Hocuspocus } from "@hocuspocus/server";
import type { Logger } from "pino";
import { createKeyedBucket } from "../bucket.ts";
import { ServerError } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import type { Documents } from "../store/documents.ts";
import type { RoomContext } from "./context.ts";
import { Refusal } from "./guard.ts";
import type { LogWriter } from "./log-writer.ts";
import { applyStored, Room } from "./room.ts";
import type { RoomLimits } from "./room-limits.ts";

/**
 * Updates after which a room's state is folded into a snapshot, so that loading stays quick; but not before they are
 * half as much as the snapshot before, or very many: each fold reads and writes all of it.
 */
const SNAPSHOT_EVERY = 500;
const SNAPSHOT_EVERY_AT_LEAST = 10_000;
/** Rows worth a snapshot when a room is left. */
const SNAPSHOT_ON_LEAVING = 20;
/** The durable state vector is sent at most this often to who drew; at once where nothing was sent for so long. */
const DURABLE_EVERY_MS = 50;
/** And to everybody else in the room, who is not waiting for it. */
const DURABLE_TO_ALL_EVERY_MS = 1_000;
/**
 * Client ids that one user may bring to one layer: each stays in the state vector that everybody is sent. A visit of a
 * page that draws takes one.
 */
const CLIENT_IDS = 1_000;
const CLIENT_IDS_PER_SECOND = 0.05;

export interface RoomsOptions {
  readonly writer: LogWriter;
  readonly limits: RoomLimits;
  readonly stored: Documents;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The room gave up: close what is connected to it. */
  onFailure(room: Room, error: ServerError): void;
}

/** The live rooms, one for each document that Hocuspocus holds. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #byName = new Map<string, Room>();
  readonly #announcements = new Map<Room, Announcement>();
  readonly #folding = new Map<Room, Promise<void>>();
  readonly #mayClaim = createKeyedBucket(CLIENT_IDS, CLIENT_IDS_PER_SECOND);
  #hocuspocus: Hocuspocus<RoomContext> | null = null;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  attach(hocuspocus: Hocuspocus<RoomContext>): void {
    this.#hocuspocus = hocuspocus;
  }

  /** The room of exactly this document; null once the document was unloaded. */
  of(document: Document): Room | null {
    const room = this.#byName.get(document.name);
    return room?.document === document ? room : null;
  }

  /** The layer's room, where it is in memory. */
  find(layer: { id: string; imageId: string; epoch: number }): Room | null {
    return this.#byName.get(nameOf(layer)) ?? null;
  }

  /** All rooms in memory that belong to the layer, whatever their epoch. */
  ofLayer(layerId: string): Room[] {
    return [...this.#byName.values()].filter((room) => room.id.layerId === layerId);
  }

  /** Hocuspocus' `onLoadDocument`: fills the document from the database. */
  async load(document: Document): Promise<void> {
    const parsed = parseRoomName(document.name);
    if (!parsed) throw new ServerError("not-found", `"${document.name}" is no room.`);
    const id = { layerId: parsed.layerId, epoch: parsed.epoch };
    const { writer, limits, log, metrics } = this.#options;
    const stored = await this.#options.stored.load(id);
    applyStored(document, stored, (error, index) => {
      metrics.caught.inc({ where: "load" });
      log.error({ err: error, room: document.name, index }, "a stored update cannot be read; it is skipped");
    });
    if (document.store.pendingStructs || document.store.pendingDs)
      log.error({ room: document.name }, "the stored document has holes");
    const room = new Room({
      name: document.name,
      id,
      imageId: parsed.imageId,
      document,
      stored,
      append: (entry) => writer.append(entry),
      hasRoomFor: (userId, bytes) => writer.hasRoomFor(userId, bytes),
      mayClaim: ({ id: { layerId } }, userId, count) => this.#mayClaim(`${userId}/${layerId}`, count),
      full: ({ bytes: { snapshot, unfolded } }, more) => limits.refusal(snapshot + unfolded, more),
      log,
      onDurable: (changed, userId, arrival) => this.#announceLater(changed, userId, arrival),
      onFailure: (failed, error) => {
        this.#options.onFailure(failed, error);
        this.#retire(failed);
      },
      onIdle: (idle) => this.#idle(idle),
    });
    this.#byName.set(document.name, room);
    metrics.rooms.set(this.#byName.size);
    document.on("destroy", () => {
      if (this.#byName.get(document.name) === room) this.#byName.delete(document.name);
      this.#announcements.get(room)?.cancel();
      this.#announcements.delete(room);
      metrics.rooms.set(this.#byName.size);
    });
  }

  /**
   * Hocuspocus' `beforeUnloadDocument`; a throw keeps the document. Unloading by name would otherwise take
   * away a document that was loaded anew meanwhile, or one whose last edits are still being committed.
   */
  async beforeUnload(document: Document): Promise<void> {
    const room = this.of(document);
    if (!room || this.#hocuspocus?.documents.get(document.name) !== document) {
      throw new Refusal("not the current document");
    }
    if (room.pending > 0) throw new Refusal("edits are being committed");
    if (room.unfolded >= SNAPSHOT_ON_LEAVING && !room.failed) await this.fold(room);
    if (room.pending > 0) throw new Refusal("edits are being committed");
  }

  /** Writes a snapshot of what is in the database. Never throws: the rows are still there. */
  fold(room: Room): Promise<void> {
    const { stored, log, metrics } = this.#options;
    const under = this.#folding.get(room);
    if (under) return under;
    const work = (async () => {
      const { sequence } = room;
      const { unfolded } = room.bytes;
      const bytes = await stored.saveSnapshot(room.id, sequence);
      if (bytes > 0) {
        room.snapshotWritten(sequence, bytes, unfolded);
        metrics.snapshots.inc();
      }
    })()
      .catch((error) => log.error({ err: error, room: room.name }, "snapshot not written"))
      .finally(() => this.#folding.delete(room));
    this.#folding.set(room, work);
    return work;
  }

  /**
   * Runs `use` with the layer's document in memory, loaded for the purpose if need be. Edits go through
   * `room.submit`, never through the document.
   */
  async use<Result>(
    layer: { id: string; imageId: string; epoch: number },
    use: (room: Room) => Promise<Result> | Result,
  ): Promise<Result> {
    const hocuspocus = this.#hocuspocus!;
    const name = nameOf(layer);
    for (;;) {
      const document = await hocuspocus.createDocument(name, new Request("http://localhost/"), "server", {
        isAuthenticated: true,
        readOnly: false,
      });
      // Between loading and here the document may have been unloaded again.
      const room = this.of(document);
      if (!room || hocuspocus.documents.get(name) !== document) continue;
      document.addDirectConnection();
      try {
        return await use(room);
      } finally {
        document.removeDirectConnection();
        void hocuspocus.unloadDocument(document);
      }
    }
  }

  /** Snapshots of everything that would load slowly next time; waits for those under way. */
  async close(): Promise<void> {
    for (const room of this.#byName.values())
      if (room.unfolded >= SNAPSHOT_ON_LEAVING && !room.failed) void this.fold(room);
    await Promise.all(this.#folding.values());
  }

  /**
   * A document that was given up makes way at once. Everybody comes back within moments, so that it would hardly ever be
   * without a connection and be unloaded: each who came would be sent away again, for ever.
   */
  #retire({ name, document }: Room): void {
    const documents = this.#hocuspocus?.documents;
    if (documents?.get(name) === document) documents.delete(name);
    document.destroy();
  }

  #idle(room: Room): void {
    if (isDue(room) && !room.failed) void this.fold(room);
    // An unload that was refused because of this room's last edits is due now.
    if (room.document.getConnectionsCount() === 0) void this.#hocuspocus?.unloadDocument(room.document);
  }

  #announceLater(room: Room, userId: string, arrival: number): void {
    let announcement = this.#announcements.get(room);
    if (!announcement) {
      announcement = new Announcement(room, this.#options.metrics);
      this.#announcements.set(room, announcement);
    }
    announcement.request(userId, arrival);
  }
}

function nameOf({ id, imageId, epoch }: { id: string; imageId: string; epoch: number }): string {
  return roomName({ epoch, imageId, layerId: id });
}

function isDue({ unfolded, bytes }: Room): boolean {
  if (unfolded < SNAPSHOT_EVERY) return false;
  return 2 * bytes.unfolded >= bytes.snapshot || unfolded >= SNAPSHOT_EVERY_AT_LEAST;
}

/** Sends a room its durable state vector: after the update itself, and not for every single commit. */
class Announcement {
  readonly #room: Room;
  readonly #metrics: Metrics;
  #authors = new Set<string>();
  #arrivals: number[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastToAllMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(room: Room, metrics: Metrics) {
    this.#room = room;
    this.#metrics = metrics;
  }

  request(userId: string, arrival: number): void {
    this.#authors.add(userId);
    this.#arrivals.push(arrival);
    // One that is owed to all may be a second away.
    if (this.#arrivals.length === 1) this.#schedule(this.#lastMs + DURABLE_EVERY_MS);
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #schedule(atMs: number): void {
    this.cancel();
    const wait = atMs - performance.now();
    if (wait > 0) {
      const timer = setTimeout(() => this.#send(), wait);
      this.#cancel = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(() => this.#send());
      this.#cancel = () => clearImmediate(immediate);
    }
  }

  #send(): void {
    this.#cancel = null;
    const now = performance.now();
    const authors = this.#authors;
    const toAll = now >= this.#lastToAllMs + DURABLE_TO_ALL_EVERY_MS;
    const { document } = this.#room;
    document.flush();
    document.broadcastStateless(
      durableMessage(this.#room),
      toAll ? undefined : (connection) => authors.has(connection.context.userId),
    );
    for (const arrival of this.#arrivals) this.#metrics.ackSeconds.observe((now - arrival) / 1000);
    this.#lastMs = now;
    this.#arrivals = [];
    this.#authors = new Set();
    if (toAll) this.#lastToAllMs = now;
    // Whoever was left out.
    else this.#schedule(this.#lastToAllMs + DURABLE_TO_ALL_EVERY_MS);
  }
}

export function durableMessage(room: Room): string {
  const { room: name, stateVector } = room.durable();
  return JSON.stringify({ t: "durable", room: name, sv: stateVector });
}
