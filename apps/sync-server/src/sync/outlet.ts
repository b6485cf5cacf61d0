import type { WebSocket } from "ws";

/** A peer that lets this much pile up, and takes nothing, is closed; it comes back and is sent what it has not got. */
const MAX_BUFFERED_BYTES = 8 << 20;
/** For so long; whoever reads takes something sooner. */
const PATIENCE_MS = 250;
/** Who reads may be behind by this much: a colleague's large import comes faster than most lines carry it on. */
const MOST_BUFFERED_BYTES = 16 << 20;

/** The way out of one WebSocket: how much waits there, and since when nothing has moved. */
export class Outlet {
  readonly #ws: WebSocket;
  readonly #onRead: () => void;
  #movedMs = 0;

  /** `onRead` is called whenever the peer, or the line to it, has taken something. */
  constructor(ws: WebSocket, onRead: () => void) {
    this.#ws = ws;
    this.#onRead = onRead;
  }

  get isFull(): boolean {
    const waiting = this.#ws.bufferedAmount;
    return waiting > MOST_BUFFERED_BYTES || (waiting > MAX_BUFFERED_BYTES && this.stuckMs > PATIENCE_MS);
  }

  /** For how long nothing has left although something waits, in ms. */
  get stuckMs(): number {
    return this.#ws.bufferedAmount > 0 ? performance.now() - this.#movedMs : 0;
  }

  put(bytes: Uint8Array): void {
    if (this.#ws.bufferedAmount === 0) this.#movedMs = performance.now();
    this.#ws.send(bytes, this.#written);
  }

  readonly #written = (): void => {
    this.#movedMs = performance.now();
    this.#onRead();
  };
}
