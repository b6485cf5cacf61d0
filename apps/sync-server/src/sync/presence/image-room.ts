import {
  encodeEvent,
  encodeJoined,
  encodeLeft,
  encodeWelcomeFrames,
  type PeerUser,
  type PresencePatch,
} from "@coscope/annotations/presence";
import type { Metrics } from "../../metrics.ts";
import type { RowEvent } from "../../store/rows.ts";
import type { SyncSocket } from "../socket.ts";
import { Peer } from "./peer.ts";
import { encodePeerPatch, joinPeerPatches } from "./peers-frame.ts";

/** Changes of everybody are gathered this long and sent together. */
const TICK_MS = 40;
/** A person whose line holds more than this is left out until it drains, then brought up to date. */
const MAX_BUFFERED_BYTES = 256 << 10;
const MAX_PEERS = 500;

export interface ImageRoomOptions {
  readonly imageId: string;
  readonly projectId: string;
  readonly metrics: Metrics;
  /** Whether what names a layer of this image may be shown to the person behind a socket. */
  mayReadLayers(socket: SyncSocket): boolean;
}

/** The people on one image. Nothing of it is stored. */
export class ImageRoom {
  readonly imageId: string;
  readonly projectId: string;
  /** Layers of the image; patches that name others are not passed on. */
  layerIds: ReadonlySet<string> = new Set();
  readonly #options: ImageRoomOptions;
  readonly #peers = new Map<number, Peer>();
  #lastPeerId = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ImageRoomOptions) {
    this.#options = options;
    this.imageId = options.imageId;
    this.projectId = options.projectId;
  }

  get size(): number {
    return this.#peers.size;
  }

  /** null when the room is full. */
  join(socket: SyncSocket, user: PeerUser): Peer | null {
    if (this.#peers.size >= MAX_PEERS) return null;
    const peer = new Peer(socket, this.#freePeerId(), user);
    this.#peers.set(peer.peerId, peer);
    this.#welcome(peer);
    this.#sendAll(encodeJoined(peer.state), peer);
    return peer;
  }

  /** `to`: the image they go on to; who follows them is told, where they let people see where they look. */
  leave(peer: Peer, to?: string): void {
    if (!this.#peers.delete(peer.peerId)) return;
    if (to !== undefined && to !== this.imageId && peer.state.broadcasting) {
      const went = encodeEvent({ t: "went", peerId: peer.peerId, imageId: to });
      for (const other of this.#peers.values())
        if (other.state.following === peer.peerId) this.#send(other, went);
    }
    this.#sendAll(encodeLeft(peer.peerId));
    for (const other of this.#peers.values())
      if (other.state.following === peer.peerId) this.change(other, { following: 0 });
    if (this.#peers.size === 0) this.#stop();
  }

  change(peer: Peer, patch: PresencePatch): void {
    peer.change(this.#sane(patch, peer));
    this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
  }

  /** The same person with a new name or colour. */
  rename(user: PeerUser): void {
    for (const peer of this.#peers.values()) {
      if (peer.state.user.id !== user.id) continue;
      peer.state = { ...peer.state, user };
      this.#sendAll(encodeJoined(this.#visibleTo(peer, peer).state), peer);
    }
  }

  announce(event: RowEvent): void {
    this.#sendAll(encodeEvent({ ...event }));
  }

  #tick(): void {
    this.#timer = null;
    const now = performance.now();
    const full = new Map<Peer, Uint8Array>();
    const withoutLayers = new Map<Peer, Uint8Array>();
    for (const peer of this.#peers.values()) {
      const patch = peer.take(now);
      if (!patch) continue;
      const { peerId } = peer;
      full.set(peer, encodePeerPatch({ peerId, patch }));
      if (patch.editing === undefined && patch.ghost === undefined) withoutLayers.set(peer, full.get(peer)!);
      else {
        const { editing: _editing, ghost: _ghost, ...rest } = patch;
        if (Object.keys(rest).length > 0) withoutLayers.set(peer, encodePeerPatch({ peerId, patch: rest }));
      }
    }
    for (const to of this.#peers.values()) {
      if (to.behind || to.socket.ws.bufferedAmount > MAX_BUFFERED_BYTES) {
        this.#catchUp(to);
        continue;
      }
      const source = this.#options.mayReadLayers(to.socket) ? full : withoutLayers;
      const patches: Uint8Array[] = [];
      for (const [from, bytes] of source) if (from !== to) patches.push(bytes);
      for (const frame of joinPeerPatches(patches)) this.#send(to, frame);
    }
    const more = [...this.#peers.values()].some((peer) => peer.hasUnsent || peer.behind);
    if (more) this.#timer = setTimeout(() => this.#tick(), TICK_MS);
  }

  #catchUp(peer: Peer): void {
    peer.behind = peer.socket.ws.bufferedAmount > MAX_BUFFERED_BYTES;
    if (!peer.behind) this.#welcome(peer);
  }

  #welcome(to: Peer): void {
    const others = [...this.#peers.values()].filter((peer) => peer !== to);
    const states = others.map((peer) => this.#visibleTo(to, peer).state);
    for (const frame of encodeWelcomeFrames(this.imageId, to.peerId, states)) this.#send(to, frame);
  }

  #visibleTo(to: Peer, { state }: Peer): Pick<Peer, "state"> {
    return this.#options.mayReadLayers(to.socket)
      ? { state }
      : { state: { ...state, editing: null, ghost: null } };
  }

  /** What a client may say: people who are here, layers of this image. */
  #sane(patch: PresencePatch, peer: Peer): PresencePatch {
    const { following, editing, ghost } = patch;
    return {
      ...patch,
      ...(following && (following === peer.peerId || !this.#peers.has(following)) && { following: 0 }),
      ...(editing && !this.layerIds.has(editing.layerId) && { editing: null }),
      ...(ghost && !this.layerIds.has(ghost.layerId) && { ghost: null }),
    };
  }

  #sendAll(frame: Uint8Array, except?: Peer): void {
    for (const peer of this.#peers.values()) if (peer !== except) this.#send(peer, frame);
  }

  #send({ socket }: Peer, frame: Uint8Array): void {
    socket.target.send(frame);
    this.#options.metrics.presenceFrames.inc({ direction: "out" });
  }

  /** Ids go round, so that one that was just left is not taken by somebody else at once. */
  #freePeerId(): number {
    do this.#lastPeerId = (this.#lastPeerId % 0xffff) + 1;
    while (this.#peers.has(this.#lastPeerId));
    return this.#lastPeerId;
  }

  #stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
