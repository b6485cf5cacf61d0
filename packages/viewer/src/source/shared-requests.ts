import { abortedError } from "../errors.ts";

interface Pending<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  waiters: number;
}

/**
 * Lets callers who want the same thing at the same time share one request. The
 * request is aborted only once every caller has given up, so one who leaves
 * never spoils it for the others.
 */
export class SharedRequests<T> {
  readonly #pending = new Map<string, Pending<T>>();

  /** Requests in flight. */
  get size(): number {
    return this.#pending.size;
  }

  get(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal?.aborted) return Promise.reject(abortedError(key));
    let pending = this.#pending.get(key);
    if (!pending) {
      const controller = new AbortController();
      const promise = start(controller.signal).finally(() => {
        if (this.#pending.get(key)?.controller === controller) this.#pending.delete(key);
      });
      // Every waiter may have left when it fails.
      promise.catch(() => {});
      pending = { promise, controller, waiters: 0 };
      this.#pending.set(key, pending);
    }
    pending.waiters++;
    return signal ? this.#untilAborted(key, pending, signal) : pending.promise;
  }

  #untilAborted(key: string, pending: Pending<T>, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        reject(abortedError(key));
        pending.waiters--;
        if (pending.waiters > 0) return;
        if (this.#pending.get(key) === pending) this.#pending.delete(key);
        pending.controller.abort();
      };
      signal.addEventListener("abort", leave, { once: true });
      pending.promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    });
  }
}
