/** What may wait at doors: of one socket, and of all sockets of one user. */
const MAX_SOCKET_BYTES = 8 << 20;
const MAX_USER_BYTES = 16 << 20;
/** What a frame takes beside its bytes. */
const FRAME_BYTES = 200;

/** Bytes of frames that wait, by whoever sent them. */
export class WaitingBytes {
  readonly #used = new Map<unknown, number>();

  /** False, and nothing taken, when it would be more than `most`. */
  take(owner: unknown, bytes: number, most = MAX_USER_BYTES): boolean {
    const used = (this.#used.get(owner) ?? 0) + bytes;
    if (used > most) return false;
    this.#used.set(owner, used);
    return true;
  }

  give(owner: unknown, bytes: number): void {
    const used = (this.#used.get(owner) ?? 0) - bytes;
    if (used > 0) this.#used.set(owner, used);
    else this.#used.delete(owner);
  }
}

/** All that waits at the doors of one socket's documents. */
export class SocketWaiting {
  readonly #users: WaitingBytes;
  readonly #own = new WaitingBytes();

  constructor(users: WaitingBytes) {
    this.#users = users;
  }

  /** `userId`: null for whoever has not said yet. */
  take(frame: Uint8Array, userId: string | null): Held | null {
    const held = { frame, owner: userId ?? this, bytes: frame.byteLength + FRAME_BYTES };
    if (!this.#own.take(this, held.bytes, MAX_SOCKET_BYTES)) return null;
    if (this.#users.take(held.owner, held.bytes)) return held;
    this.#own.give(this, held.bytes);
    return null;
  }

  give({ owner, bytes }: Held): void {
    this.#own.give(this, bytes);
    this.#users.give(owner, bytes);
  }
}

interface Held {
  readonly frame: Uint8Array;
  readonly owner: unknown;
  readonly bytes: number;
}

/** Frames that wait for one document. */
export class FrameQueue {
  readonly #waiting: SocketWaiting;
  #held: Held[] = [];

  constructor(waiting: SocketWaiting) {
    this.#waiting = waiting;
  }

  /** False when there is no room for it. */
  push(frame: Uint8Array, userId: string | null): boolean {
    const held = this.#waiting.take(frame, userId);
    if (held) this.#held.push(held);
    return held !== null;
  }

  takeAll(): Uint8Array[] {
    const all = this.#held;
    this.#held = [];
    for (const held of all) this.#waiting.give(held);
    return all.map(({ frame }) => frame);
  }
}
