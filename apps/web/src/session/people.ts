import type { PeerState } from "@coscope/annotations/presence";
import type { User } from "../state/rows.ts";
import { createStore, type Store } from "../state/store.ts";
import type { Person } from "../state/workspace.ts";
import type { PresenceHub } from "./presence-hub.ts";

/** A cursor that rests this long fades; a person who does nothing this long is idle. */
const CURSOR_IDLE_MS = 8_000;
const PERSON_IDLE_MS = 60_000;
const CHECK_MS = 1_000;
/** How long it is remembered who last changed an annotation, to name them when two edits collide. */
const EDITOR_REMEMBERED_MS = 60_000;

/** Who is here, oneself first, and who did what last. */
export interface People {
  readonly list: Store<readonly Person[]>;
  readonly followers: Store<readonly Person[]>;
  /** Whether the peer's cursor has rested for a while. */
  cursorIdle(peerId: number): boolean;
  /** Who is changing the annotation right now. */
  editorOf(id: string): PeerState | null;
  /** Who changed the annotation lately, as far as was seen; null when nobody was seen. */
  lastEditorOf(id: string): string | null;
  destroy(): void;
}

interface Seen {
  cursorAt: number;
  anythingAt: number;
}

export function createPeople(
  hub: PresenceHub,
  self: { user: Store<User>; following: Store<number | null>; broadcasting: Store<boolean> },
  onIdleChange: () => void,
): People {
  const list = createStore<readonly Person[]>([]);
  const followers = createStore<readonly Person[]>([]);
  const seen = new Map<number, Seen>();
  const editors = new Map<string, { name: string; at: number }>();
  let idleBefore = "";

  function refresh(): void {
    const now = performance.now();
    const others = [...hub.peers.get().values()].map((peer): Person => {
      return {
        peerId: peer.peerId,
        user: { ...peer.user, guest: true },
        self: false,
        following: peer.following,
        broadcasting: peer.broadcasting,
        hasView: peer.view !== null,
        idle: now - (seen.get(peer.peerId)?.anythingAt ?? now) > PERSON_IDLE_MS,
      };
    });
    const me: Person = {
      peerId: hub.selfId.get(),
      user: self.user.get(),
      self: true,
      following: self.following.get() ?? 0,
      broadcasting: self.broadcasting.get(),
      hasView: true,
      idle: false,
    };
    const next = [me, ...others];
    if (JSON.stringify(next) !== JSON.stringify(list.get())) {
      list.set(next);
      followers.set(others.filter(({ following }) => following !== 0 && following === me.peerId));
    }
  }

  const stops = [
    hub.peers.subscribe(refresh),
    hub.selfId.subscribe(refresh),
    self.user.subscribe(refresh),
    self.following.subscribe(refresh),
    self.broadcasting.subscribe(refresh),
    hub.onPatch((peer, patch) => {
      const now = performance.now();
      const before = seen.get(peer.peerId);
      seen.set(peer.peerId, {
        anythingAt: now,
        cursorAt: patch.cursor !== undefined ? now : (before?.cursorAt ?? now),
      });
      if (peer.editing) editors.set(peer.editing.id, { name: peer.user.name, at: now });
    }),
  ];
  const timer = setInterval(() => {
    refresh();
    const now = performance.now();
    for (const peerId of seen.keys()) if (!hub.peers.get().has(peerId)) seen.delete(peerId);
    for (const [id, { at }] of editors) if (now - at > EDITOR_REMEMBERED_MS) editors.delete(id);
    const idle = [...seen].filter(([, { cursorAt }]) => now - cursorAt > CURSOR_IDLE_MS).join();
    if (idle !== idleBefore) onIdleChange();
    idleBefore = idle;
  }, CHECK_MS);
  refresh();

  return {
    list,
    followers,
    cursorIdle(peerId) {
      const at = seen.get(peerId)?.cursorAt;
      return at !== undefined && performance.now() - at > CURSOR_IDLE_MS;
    },
    editorOf(id) {
      for (const peer of hub.peers.get().values()) if (peer.editing?.id === id) return peer;
      return null;
    },
    lastEditorOf: (id) => editors.get(id)?.name ?? null,
    destroy() {
      clearInterval(timer);
      for (const stop of stops) stop();
    },
  };
}
