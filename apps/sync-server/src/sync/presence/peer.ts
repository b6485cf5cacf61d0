import type { PeerState, PeerUser, PresencePatch } from "@coscope/annotations/presence";
import type { SyncSocket } from "../socket.ts";

/** Others see a cursor at most every tick and a view at most this often. */
const VIEW_EVERY_MS = 100;

/** One person on one image through one socket: what they are doing, and what of it is not sent yet. */
export class Peer {
  readonly socket: SyncSocket;
  state: PeerState;
  /** Frames were left out because this person's line is full; they need everything anew. */
  behind = false;
  #unsent: PresencePatch = {};
  #viewSentMs = Number.NEGATIVE_INFINITY;

  constructor(socket: SyncSocket, peerId: number, user: PeerUser) {
    this.socket = socket;
    this.state = {
      peerId,
      user,
      cursor: null,
      view: null,
      following: 0,
      editing: null,
      ghost: null,
      broadcasting: false,
    };
  }

  get peerId(): number {
    return this.state.peerId;
  }

  get hasUnsent(): boolean {
    return Object.keys(this.#unsent).length > 0;
  }

  /** Newer values take the place of unsent older ones. */
  change(patch: PresencePatch): void {
    this.state = { ...this.state, ...patch };
    this.#unsent = { ...this.#unsent, ...patch };
  }

  /** What is due at `nowMs`, or null; a view that is not due stays for a later tick. */
  take(nowMs: number): PresencePatch | null {
    const { view, ...rest } = this.#unsent;
    // Who hides where they look is hidden at once, and who shows it again shows it together with saying so.
    const isNews = view === null || rest.broadcasting !== undefined;
    const viewDue = view !== undefined && (isNews || nowMs - this.#viewSentMs >= VIEW_EVERY_MS);
    if (viewDue) this.#viewSentMs = nowMs;
    this.#unsent = view === undefined || viewDue ? {} : { view };
    const patch = viewDue ? { ...rest, view } : rest;
    return Object.keys(patch).length > 0 ? patch : null;
  }
}
