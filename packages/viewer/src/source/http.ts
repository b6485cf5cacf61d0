import { abortedError, isAbort, SourceError } from "../errors.ts";
import type { ConnectionLimit } from "./connection-limit.ts";
import { type RetryOptions, withRetry } from "./retry.ts";

export interface HttpOptions {
  readonly fetch?: typeof fetch;
  readonly retry?: RetryOptions;
  /** Holds back reads of pixels while too many are under way. */
  readonly limit?: ConnectionLimit;
  readonly onRequest?: (url: string) => void;
}

/** Set aside for an answer before it comes. */
const BELIEVED_BYTES = 8 * 2 ** 20;

/** Runs a request and the reading of its answer when it is its turn, again where the network failed. */
export function inTurn<T>(
  url: string,
  { limit, retry }: HttpOptions,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  return withRetry(limit ? () => limit(url, signal, run) : run, signal, retry);
}

/**
 * An answer of whatever status.
 * @throws SourceError "aborted" | "cors" | "unreachable"
 */
export async function respond(url: string, init: RequestInit, options: HttpOptions): Promise<Response> {
  options.onRequest?.(url);
  const request = options.fetch ?? fetch;
  try {
    return await request(url, init);
  } catch (cause) {
    if (isAbort(cause) || init.signal?.aborted) throw abortedError(url);
    throw await explainFailure(url, request, cause);
  }
}

/** Whether there is nothing: object stores answer 403 for a missing key when listing is not allowed. */
export const isMissing = ({ status }: Response): boolean => [403, 404, 410].includes(status);

/** What the server says of an answer's length before it sends it; 0 where it says nothing. */
export const declaredBytes = (response: Response): number =>
  Math.max(0, Number(response.headers.get("content-length")) || 0);

/**
 * An answer's bytes up to `most`, in a buffer of their own. What a server sends beyond them is not read: what it
 * declares need not be what it sends, least of all where it packs its answers.
 * @throws SourceError "aborted" | "unreachable"
 */
export async function readBody(
  response: Response,
  most: number,
  url: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  let bytes = new Uint8Array(Math.min(declaredBytes(response), most, BELIEVED_BYTES));
  let size = 0;
  try {
    const reader = response.body?.getReader();
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      const part = next.value.subarray(0, most - size);
      const end = size + part.length;
      if (end > bytes.length) {
        const larger = new Uint8Array(Math.min(most, Math.max(end, 2 * bytes.length)));
        larger.set(bytes.subarray(0, size));
        bytes = larger;
      }
      bytes.set(part, size);
      size = end;
      if (size < most) continue;
      await reader?.cancel();
      break;
    }
  } catch (cause) {
    if (isAbort(cause) || signal?.aborted) throw abortedError(url);
    throw new SourceError(
      "unreachable",
      {
        url,
        expected: "a complete answer",
        got: "a connection that broke off",
        next: "Check the connection and try again.",
      },
      { cause },
    );
  }
  return size === bytes.length ? bytes : bytes.slice(0, size);
}

export function statusError(url: string, response: Response): SourceError {
  const got = `status ${response.status} ${response.statusText}`.trim();
  if (response.status === 401) {
    return new SourceError("not-found", {
      url,
      expected: "public data",
      got: `${got} (sign-in required)`,
      next: "Use an address that needs no sign-in, or a signed link.",
    });
  }
  return new SourceError("unreachable", {
    url,
    expected: "data",
    got,
    next: "The server has a problem or is busy: try again in a moment.",
  });
}

/**
 * A browser reports every network failure alike. A second, opaque request
 * tells a server that is there but does not share with this page (CORS) from
 * one that is not there.
 */
async function explainFailure(url: string, request: typeof fetch, cause: unknown): Promise<SourceError> {
  const page = (globalThis as { location?: { origin?: string } }).location?.origin;
  if (page && page !== "null" && new URL(url).origin !== page) {
    const answers = await request(url, { mode: "no-cors", method: "HEAD", cache: "no-store" }).then(
      () => true,
      () => false,
    );
    if (answers) {
      const host = new URL(url).host;
      return new SourceError(
        "cors",
        {
          url,
          expected: `permission from ${host} to read its data from this page`,
          got: "no Access-Control-Allow-Origin header for it",
          next: `Ask whoever runs ${host} to allow cross-origin requests (CORS), or open a copy from this server.`,
        },
        { cause },
      );
    }
  }
  return new SourceError(
    "unreachable",
    {
      url,
      expected: "an answer",
      got: "none",
      next: "Check the address and the connection, then try again.",
    },
    { cause },
  );
}
