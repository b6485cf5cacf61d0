import { boundsOf, encodeGeometry, type Geometry } from "@coscope/annotations/geometry";
import {
  decodeServerFrame,
  encodeJoin,
  encodeLeave,
  encodePatch,
  isPresenceFrame,
  MAX_GHOST_BYTES,
  type PeerState,
  type PresencePatch,
  type ServerFrame,
} from "@coscope/annotations/presence";
import { createStore, type Store } from "../state/store.ts";
import { createPatchSender } from "./patch-sender.ts";
import type { RowEvent } from "./rows.ts";
import type { LiveSocket } from "./socket.ts";

/** Room for the ids and the mask around the shape. */
const GHOST_SHAPE_BYTES = MAX_GHOST_BYTES - 256;

/** Who else looks at this image, and what we tell them. Nothing of it is stored. */
export interface PresenceHub {
  /** The server's number for this tab; 0 until it said so. */
  readonly selfId: Store<number>;
  readonly peers: Store<ReadonlyMap<number, PeerState>>;
  /** Merges into what we stand for; sent when its rate allows, and again after a reconnect. */
  update(patch: PresencePatch): void;
  onPatch(callback: (peer: PeerState, patch: PresencePatch) => void): () => void;
  onRows(callback: (event: RowEvent) => void): () => void;
  /** Whom we follow goes on to another image; they have not left yet. */
  onWent(callback: (peer: PeerState, imageId: string) => void): () => void;
  /** Joined again after a break: events may have been missed. */
  onRejoin(callback: () => void): () => void;
  /** `to`: the image that is opened next, told to who follows. */
  destroy(to?: string): void;
}

export function createPresenceHub(socket: LiveSocket, imageId: string): PresenceHub {
  const selfId = createStore(0);
  const peers = createStore<ReadonlyMap<number, PeerState>>(new Map());
  const patchCallbacks = new Set<(peer: PeerState, patch: PresencePatch) => void>();
  const rowCallbacks = new Set<(event: RowEvent) => void>();
  const wentCallbacks = new Set<(peer: PeerState, imageId: string) => void>();
  const rejoinCallbacks = new Set<() => void>();
  let joinedBefore = false;

  const sender = createPatchSender((patch) => {
    if (selfId.get() !== 0) socket.send(encodePatch(fitting(patch)));
  });

  function receive(frame: ServerFrame): void {
    switch (frame.kind) {
      case "welcome": {
        if (frame.imageId !== imageId) return;
        peers.set(new Map(frame.peers.map((peer) => [peer.peerId, peer])));
        selfId.set(frame.peerId);
        sender.resend();
        if (joinedBefore) for (const callback of rejoinCallbacks) callback();
        joinedBefore = true;
        return;
      }
      case "joined":
        peers.set((map) => new Map(map).set(frame.peer.peerId, frame.peer));
        return;
      case "left":
        peers.set((map) => {
          const rest = new Map(map);
          rest.delete(frame.peerId);
          return rest;
        });
        return;
      case "peers": {
        const next = new Map(peers.get());
        const touched: [PeerState, PresencePatch][] = [];
        for (const { peerId, patch } of frame.patches) {
          const before = next.get(peerId);
          if (!before) continue;
          const after = { ...before, ...patch };
          next.set(peerId, after);
          touched.push([after, patch]);
        }
        peers.set(next);
        for (const [peer, patch] of touched) for (const callback of patchCallbacks) callback(peer, patch);
        return;
      }
      case "event":
        if (frame.event["t"] === "rows") {
          for (const callback of rowCallbacks) callback(frame.event as unknown as RowEvent);
        }
        if (frame.event["t"] === "went") {
          const { peerId, imageId } = frame.event as { peerId?: number; imageId?: string };
          const peer = peers.get().get(peerId ?? 0);
          if (peer && imageId) for (const callback of wentCallbacks) callback(peer, imageId);
        }
        return;
      case "error":
        console.warn("presence:", frame.error);
    }
  }

  function onConnection(): void {
    if (socket.connected.get()) socket.send(encodeJoin(imageId));
    else {
      selfId.set(0);
      peers.set(new Map());
    }
  }

  const stops = [
    socket.connected.subscribe(onConnection),
    socket.onFrame((bytes) => {
      if (isPresenceFrame(bytes)) receive(decodeServerFrame(bytes));
    }),
  ];
  onConnection();

  return {
    selfId,
    peers,
    update: sender.update,
    onPatch: (callback) => listen(patchCallbacks, callback),
    onRows: (callback) => listen(rowCallbacks, callback),
    onWent: (callback) => listen(wentCallbacks, callback),
    onRejoin: (callback) => listen(rejoinCallbacks, callback),
    destroy(to) {
      for (const stop of stops) stop();
      sender.destroy();
      socket.send(encodeLeave(to));
    },
  };
}

function listen<C>(callbacks: Set<C>, callback: C): () => void {
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
  };
}

/** A ghost too large for a frame becomes the box around it. */
function fitting(patch: PresencePatch): PresencePatch {
  if (!patch.ghost || encodeGeometry(patch.ghost.geometry).length <= GHOST_SHAPE_BYTES) return patch;
  const { minX, minY, maxX, maxY } = boundsOf(patch.ghost.geometry);
  const box: Geometry = {
    kind: "rectangle",
    plane: patch.ghost.geometry.plane,
    x: minX,
    y: minY,
    width: maxX - minX,
    height: maxY - minY,
    rotation: 0,
  };
  return { ...patch, ghost: { ...patch.ghost, geometry: box } };
}
