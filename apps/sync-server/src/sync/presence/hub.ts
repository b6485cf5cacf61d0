import {
  decodeClientFrame,
  encodeError,
  PresenceDecodeError,
  type PresencePatch,
} from "@coscope/annotations/presence";
import { can, type User } from "../../access/can.ts";
import type { SessionActor } from "../../access/sessions.ts";
import { createBucket } from "../../bucket.ts";
import { isServerError } from "../../errors.ts";
import type { Metrics } from "../../metrics.ts";
import { listLayers } from "../../store/layers.ts";
import { locateImage } from "../../store/locate.ts";
import type { RowEvent } from "../../store/rows.ts";
import type { Database } from "../../store/store.ts";
import type { Guard } from "../guard.ts";
import { CLOSE, type SyncSocket } from "../socket.ts";
import { ImageRoom } from "./image-room.ts";
import type { Peer } from "./peer.ts";

/** A page sends about 40 frames a second at its liveliest; ghosts are the bytes. */
const FRAMES_PER_SECOND = 120;
const BYTES_PER_SECOND = 512 << 10;
/** Malformed frames after which a client is told to leave. */
const MAX_MISTAKES = 20;

interface Visitor {
  readonly takeFrame: (cost: number) => boolean;
  readonly takeBytes: (cost: number) => boolean;
  mistakes: number;
  room: ImageRoom | null;
  peer: Peer | null;
  /** Image that was asked for last: answers for earlier ones are dropped. */
  wanted: string | null;
}

export interface HubOptions {
  readonly db: Database;
  readonly metrics: Metrics;
  readonly guard: Guard;
}

/** Everybody who looks at something: one room an image, over the sockets of `/collab`. */
export class PresenceHub {
  readonly #options: HubOptions;
  readonly #rooms = new Map<string, ImageRoom>();
  readonly #visitors = new Map<SyncSocket, Visitor>();

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** A frame whose first byte is 0. */
  receive(socket: SyncSocket, bytes: Uint8Array): void {
    this.#options.metrics.presenceFrames.inc({ direction: "in" });
    const visitor = this.#visitorOf(socket);
    if (!visitor.takeFrame(1) || !visitor.takeBytes(bytes.byteLength)) {
      socket.close(CLOSE.tooMuch, "too much presence");
      return;
    }
    try {
      const frame = decodeClientFrame(bytes);
      if (frame.kind === "patch") this.#change(visitor, frame.patch);
      else if (frame.kind === "leave") this.#leave(visitor, frame.to);
      else this.#want(socket, visitor, frame.imageId);
    } catch (error) {
      if (!(error instanceof PresenceDecodeError)) throw error;
      // A kind that a newer page knows is no mistake.
      if (error.code === "unknown-kind") return;
      if (++visitor.mistakes > MAX_MISTAKES) socket.close(CLOSE.malformed, "malformed frames");
      else socket.target.send(encodeError({ code: "malformed", message: error.message }));
    }
  }

  /** A socket that came without a session has one now. */
  signedIn(socket: SyncSocket): void {
    const visitor = this.#visitors.get(socket);
    if (visitor?.wanted && !visitor.peer) this.#want(socket, visitor, visitor.wanted);
  }

  closed(socket: SyncSocket): void {
    const visitor = this.#visitors.get(socket);
    if (visitor) this.#leave(visitor);
    this.#visitors.delete(socket);
  }

  renamed({ id, name, color }: User): void {
    for (const room of this.#rooms.values()) room.rename({ id, name, color });
  }

  announceImage(imageId: string, event: RowEvent): void {
    const room = this.#rooms.get(imageId);
    if (!room) return;
    if (event.table === "layer") {
      const ids = new Set(room.layerIds);
      if (event.op === "put") ids.add(event.row.id);
      else ids.delete(event.row.id);
      room.layerIds = ids;
    }
    room.announce(event);
  }

  announceProject(projectId: string, event: RowEvent): void {
    for (const room of this.#rooms.values()) if (room.projectId === projectId) room.announce(event);
  }

  #visitorOf(socket: SyncSocket): Visitor {
    let visitor = this.#visitors.get(socket);
    if (!visitor) {
      visitor = {
        takeFrame: createBucket(FRAMES_PER_SECOND * 3, FRAMES_PER_SECOND),
        takeBytes: createBucket(BYTES_PER_SECOND * 3, BYTES_PER_SECOND),
        mistakes: 0,
        room: null,
        peer: null,
        wanted: null,
      };
      this.#visitors.set(socket, visitor);
    }
    return visitor;
  }

  #want(socket: SyncSocket, visitor: Visitor, imageId: string): void {
    this.#leave(visitor);
    visitor.wanted = imageId;
    // Without a session yet: `signedIn` comes back to it.
    const { actor } = socket;
    if (actor) void this.#options.guard("presence join", () => this.#join(socket, visitor, actor, imageId))();
  }

  async #join(socket: SyncSocket, visitor: Visitor, actor: SessionActor, imageId: string): Promise<void> {
    const { db } = this.#options;
    const image = await locateImage(db, imageId).catch((error) => {
      if (isServerError(error, "not-found")) return null;
      throw error;
    });
    const layers = image ? await listLayers(db, imageId) : [];
    // Gone, or gone elsewhere, while the database answered.
    if (visitor.wanted !== imageId || visitor.peer || this.#visitors.get(socket) !== visitor) return;
    const refuse = (code: string, message: string) => {
      visitor.wanted = null;
      socket.target.send(encodeError({ code, message }));
    };
    if (!image) return refuse("not-found", `There is no image "${imageId}".`);
    if (!can(actor, "view", { kind: "image", workspaceId: image.workspaceId }))
      return refuse("forbidden", "You may not see this image.");

    const room = this.#roomOf(imageId, image.row.projectId, image.workspaceId);
    room.layerIds = new Set([...room.layerIds, ...layers.map((layer) => layer.id)]);
    const { id, name, color } = actor.user;
    const peer = room.join(socket, { id, name, color });
    if (!peer) return refuse("room-full", "Too many people are on this image.");
    visitor.room = room;
    visitor.peer = peer;
    this.#count();
  }

  #roomOf(imageId: string, projectId: string, workspaceId: string): ImageRoom {
    let room = this.#rooms.get(imageId);
    if (!room) {
      room = new ImageRoom({
        imageId,
        projectId,
        metrics: this.#options.metrics,
        mayReadLayers: ({ actor }) => actor !== null && can(actor, "view", { kind: "layer", workspaceId }),
      });
      this.#rooms.set(imageId, room);
    }
    return room;
  }

  #change({ room, peer }: Visitor, patch: PresencePatch): void {
    if (room && peer) room.change(peer, patch);
  }

  #leave(visitor: Visitor, to?: string): void {
    const { room, peer } = visitor;
    visitor.wanted = null;
    visitor.room = null;
    visitor.peer = null;
    if (!room || !peer) return;
    room.leave(peer, to);
    if (room.size === 0) this.#rooms.delete(room.imageId);
    this.#count();
  }

  #count(): void {
    let peers = 0;
    for (const room of this.#rooms.values()) peers += room.size;
    this.#options.metrics.presencePeers.set(peers);
  }
}
