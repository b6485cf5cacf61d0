import type { WebSocket } from "ws";

/** A peer that lets this much pile up is closed; it comes back and is sent what it has not got. */
const MAX_BUFFERED_BYTES = 8 << 20;

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
    return this.#ws.bufferedAmount > MAX_BUFFERED_BYTES;
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
