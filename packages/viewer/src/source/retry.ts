import { isAbort, isSourceError } from "../errors.ts";

export interface RetryOptions {
  /** Tries after the first. */
  readonly retries?: number;
  /** Wait before the first retry; doubled each time, with up to half of it added at random. */
  readonly baseDelayMs?: number;
  readonly report?: (attempt: number, error: unknown) => void;
}

async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** Only a network that did not answer is worth asking again; a refusal or bad bytes stay what they are. */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal | undefined,
  { retries = 2, baseDelayMs = 250, report }: RetryOptions = {},
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= retries || isAbort(error) || !isSourceError(error, "unreachable")) throw error;
      report?.(tries + 1, error);
      await wait(baseDelayMs * 2 ** tries * (1 + Math.random() / 2), signal);
    }
  }
}
