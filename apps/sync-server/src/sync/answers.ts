import type { WebSocket } from "ws";

/** What may still be on its way to a peer when the next answer is begun. */
const MAX_UNREAD_BYTES = 256 << 10;

/**
 * Answers to what the peer of one socket asked, sent as fast as it reads: of a layer of 100 MB, and of 200 layers asked
 * for at once, never more than one piece waits in memory. Documents take turns.
 */
export class Answers {
  readonly #ws: WebSocket;
  readonly #open = new Map<string, () => boolean>();
  #scheduled: NodeJS.Immediate | null = null;

  constructor(ws: WebSocket) {
    this.#ws = ws;
  }

  /** `next` sends a piece and tells whether there are more. What is asked again is answered anew. */
  add(document: string, next: () => boolean): void {
    this.#open.set(document, next);
    this.goOn();
  }

  forget(document: string): void {
    this.#open.delete(document);
  }

  /** To be called when the peer has read something. */
  goOn(): void {
    // One piece, then whoever else waits.
    if (this.#open.size > 0) this.#scheduled ??= setImmediate(() => this.#sendOne());
  }

  close(): void {
    this.#open.clear();
    if (this.#scheduled) clearImmediate(this.#scheduled);
  }

  #sendOne(): void {
    this.#scheduled = null;
    if (this.#ws.readyState !== this.#ws.OPEN || this.#ws.bufferedAmount > MAX_UNREAD_BYTES) return;
    for (const [document, next] of this.#open) {
      this.#open.delete(document);
      if (next()) this.#open.set(document, next);
      break;
    }
    this.goOn();
  }
}
