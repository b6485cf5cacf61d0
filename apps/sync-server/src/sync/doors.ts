import type { SyncSocket } from "./socket.ts";

/**
 * Documents that one user joins at the same time, whatever the number of their sockets: each may have to be loaded. Two
 * windows that open go at full speed.
 */
const MAX_OF_USER = 16;
/** Who has not said who they are joins one, and has then. */
const MAX_OF_STRANGER = 1;

/** A place among those who are let in; free again when nobody holds it any more. */
export interface Place {
  readonly owner: unknown;
  holders: number;
  /** Its user has paid for the loading, too. */
  isPaid: boolean;
}

/** How many documents each user is joining. Sockets that find no place are called, in turns, when there is one. */
export class Doors {
  readonly #taken = new Map<unknown, number>();
  readonly #waiting = new Map<unknown, Set<SyncSocket>>();
  readonly #call: (socket: SyncSocket) => void;

  constructor(call: (socket: SyncSocket) => void) {
    this.#call = call;
  }

  /** null: no place now; `call` is called with the socket when there is one. */
  enter(socket: SyncSocket): Place | null {
    const owner = socket.actor?.user.id ?? socket;
    if (!this.#hasPlace(owner)) {
      const line = this.#waiting.get(owner) ?? new Set();
      this.#waiting.set(owner, line.add(socket));
      return null;
    }
    this.#taken.set(owner, (this.#taken.get(owner) ?? 0) + 1);
    return { owner, holders: 1, isPaid: false };
  }

  hold(place: Place): void {
    place.holders++;
  }

  leave(place: Place): void {
    if (--place.holders > 0) return;
    const { owner } = place;
    const rest = this.#taken.get(owner)! - 1;
    if (rest > 0) this.#taken.set(owner, rest);
    else this.#taken.delete(owner);
    for (const socket of this.#waiting.get(owner) ?? []) {
      if (!this.#hasPlace(owner)) return;
      this.#forget(owner, socket);
      this.#call(socket);
    }
  }

  /** The socket is closed. */
  gone(socket: SyncSocket): void {
    this.#forget(socket.actor?.user.id, socket);
    this.#forget(socket, socket);
  }

  #hasPlace(owner: unknown): boolean {
    return (this.#taken.get(owner) ?? 0) < (typeof owner === "string" ? MAX_OF_USER : MAX_OF_STRANGER);
  }

  #forget(owner: unknown, socket: SyncSocket): void {
    const line = this.#waiting.get(owner);
    if (line?.delete(socket) && line.size === 0) this.#waiting.delete(owner);
  }
}
