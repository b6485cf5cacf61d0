import type { Duplex } from "node:stream";
import { CLOSE, type SyncSocket } from "./socket.ts";

/** Time a stranger has to name a session, and what they may send before. */
const SIGN_IN_MS = 10_000;
const MAX_BYTES = 1 << 20;
/** Open sockets without a session. Pages have one when they open theirs. */
const MAX_PER_ADDRESS = 50;
const MAX_STRANGERS = 200;

/** Sockets whose upgrade named no session: what they may cost before they name one. */
export class Strangers {
  readonly #addresses = new Map<SyncSocket, string>();

  /** Whether one more may come in from there. */
  mayEnter(address: string): boolean {
    let here = 0;
    for (const [socket, from] of this.#addresses) {
      if (socket.actor) this.#addresses.delete(socket);
      else if (from === address) here++;
    }
    return here < MAX_PER_ADDRESS && this.#addresses.size < MAX_STRANGERS;
  }

  watch(socket: SyncSocket, stream: Duplex & { readonly bytesRead?: number }, address: string): void {
    this.#addresses.set(socket, address);
    const timer = setTimeout(() => {
      if (!socket.actor) socket.close(CLOSE.signedOut, "no session");
    }, SIGN_IN_MS);
    // Bytes on the line: a frame that never ends must not be gathered either.
    const count = () => {
      if (socket.actor) stop();
      else if ((stream.bytesRead ?? 0) > MAX_BYTES) socket.ws.terminate();
    };
    const stop = () => {
      clearTimeout(timer);
      stream.off("data", count);
      this.#addresses.delete(socket);
    };
    stream.on("data", count);
    socket.ws.on("close", stop);
  }
}
