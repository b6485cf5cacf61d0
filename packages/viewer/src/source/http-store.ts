import { abortedError, isAbort, isSourceError, SourceError } from "../errors.ts";
import type { ConnectionLimit } from "./connection-limit.ts";
import { type RetryOptions, withRetry } from "./retry.ts";

export type ByteRange =
  | { readonly offset: number; readonly length: number }
  | { readonly suffixLength: number };

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Called when bytes came, so that a caller can tell an absent chunk from one full of zeros. */
  readonly onBytes?: () => void;
  /** Most bytes that the answer may have, where that is less than the store allows. */
  readonly maxBytes?: number;
}

/**
 * Bytes by key ("/0/c/0/0"), undefined where there is nothing. The shape that
 * zarrita reads from; failures are SourceErrors.
 */
export interface ByteStore {
  /** For messages: the address of a key. */
  locate(key: string): string;
  get(key: string, options?: ReadOptions): Promise<Uint8Array | undefined>;
  getRange(key: string, range: ByteRange, options?: ReadOptions): Promise<Uint8Array | undefined>;
}

export interface HttpStoreOptions {
  readonly fetch?: typeof fetch;
  readonly retry?: RetryOptions;
  /** Holds back reads of pixels while too many are under way. */
  readonly limit?: ConnectionLimit;
  /** Most bytes one answer may have. */
  readonly maxBytes?: number;
  readonly onRequest?: (url: string) => void;
}

/** A chunk may declare 64 MiB decoded; what does not compress may come with some framing on top. */
const MAX_ANSWER_BYTES = 80 * 2 ** 20;

/** Set aside for an answer before it comes. */
const BELIEVED_BYTES = 8 * 2 ** 20;

/** Object stores answer 403 for a missing key when listing is not allowed. */
const MISSING = new Set([403, 404, 410]);

export function createHttpStore(url: string, options: HttpStoreOptions = {}): ByteStore {
  const root = new URL(url);
  root.hash = "";
  const request = options.fetch ?? ((input: RequestInfo | URL, init?: RequestInit) => fetch(input, init));
  const maxBytes = options.maxBytes ?? MAX_ANSWER_BYTES;
  /** False once the server has shown that it does not take them. */
  let suffixes = true;

  function locate(key: string): string {
    const located = new URL(root);
    const path = key.split("/").filter(Boolean).map(encodeURIComponent);
    located.pathname = [root.pathname.replace(/\/+$/, ""), ...path].join("/");
    return located.href;
  }

  async function ask(href: string, init: RequestInit): Promise<Response> {
    options.onRequest?.(href);
    let response: Response;
    try {
      // A browser opens six connections to a host: hundreds of tiles must not hold up what a person just did.
      response = await request(href, { priority: "low", ...init } as RequestInit);
    } catch (cause) {
      if (isAbort(cause) || init.signal?.aborted) throw abortedError(href);
      throw await explainFailure(href, request, cause);
    }
    if (response.ok || MISSING.has(response.status) || response.status === 416) return response;
    await response.body?.cancel();
    throw statusError(href, response);
  }

  async function bodyOf(href: string, response: Response, read: ReadOptions | undefined) {
    const declared = Number(response.headers.get("content-length") ?? 0);
    const most = Math.min(maxBytes, read?.maxBytes ?? maxBytes);
    if (declared > most) {
      await response.body?.cancel();
      throw tooLarge(href, declared, most);
    }
    try {
      const bytes = await readBody(response, declared, most, () => tooLarge(href, most + 1, most));
      read?.onBytes?.();
      return bytes;
    } catch (cause) {
      if (cause instanceof SourceError) throw cause;
      if (isAbort(cause) || read?.signal?.aborted) throw abortedError(href);
      throw new SourceError(
        "unreachable",
        {
          url: href,
          expected: "a complete answer",
          got: "a connection that broke off",
          next: "Check the connection and try again.",
        },
        { cause },
      );
    }
  }

  function init(read: ReadOptions | undefined, headers?: Record<string, string>): RequestInit {
    return { ...(read?.signal ? { signal: read.signal } : {}), ...(headers ? { headers } : {}) };
  }

  /**
   * Some servers know no suffix ranges, and some do not answer the question that a browser asks before it sends
   * one to another site (a range with a beginning it sends unasked): then the size is asked for first.
   */
  async function askEnd(href: string, length: number, read: ReadOptions | undefined): Promise<Response> {
    if (suffixes) {
      try {
        const response = await ask(href, init(read, { Range: rangeHeader({ suffixLength: length }) }));
        if (response.status !== 416) return response;
      } catch (error) {
        if (!isSourceError(error, "cors")) throw error;
        suffixes = false;
      }
    }
    const head = await ask(href, { ...init(read), method: "HEAD" });
    if (!head.ok) return head;
    const offset = Math.max(0, Number(head.headers.get("content-length") ?? 0) - length);
    return ask(href, init(read, { Range: rangeHeader({ offset, length }) }));
  }

  function inTurn<T>(href: string, read: ReadOptions | undefined, run: () => Promise<T>): Promise<T> {
    const { limit, retry } = options;
    const once = limit ? () => limit(href, read?.signal, run) : run;
    return withRetry(once, read?.signal, retry);
  }

  return {
    locate,

    get(key, read) {
      const href = locate(key);
      return inTurn(href, read, async () => {
        const response = await ask(href, init(read));
        if (response.ok) return bodyOf(href, response, read);
        await response.body?.cancel();
        return undefined;
      });
    },

    getRange(key, range, read) {
      const href = locate(key);
      return inTurn(href, read, async () => {
        const response =
          "suffixLength" in range
            ? await askEnd(href, range.suffixLength, read)
            : await ask(href, init(read, { Range: rangeHeader(range) }));
        if (response.status === 206) return bodyOf(href, response, read);
        if (!response.ok) {
          await response.body?.cancel();
          return undefined;
        }
        // The server ignored the range and sends everything.
        const whole = await bodyOf(href, response, read);
        return "suffixLength" in range
          ? whole.subarray(Math.max(0, whole.length - range.suffixLength))
          : whole.subarray(range.offset, range.offset + range.length);
      });
    },
  };
}

/**
 * An answer's bytes, no more than allowed: what a server declares need not be
 * what it sends, least of all where it packs its answers.
 */
async function readBody(
  response: Response,
  declared: number,
  most: number,
  refusal: () => SourceError,
): Promise<Uint8Array> {
  let bytes = new Uint8Array(Math.min(declared, BELIEVED_BYTES));
  let size = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    const end = size + next.value.length;
    if (end > most) {
      await reader?.cancel();
      throw refusal();
    }
    if (end > bytes.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(end, 2 * bytes.length)));
      larger.set(bytes.subarray(0, size));
      bytes = larger;
    }
    bytes.set(next.value, size);
    size = end;
  }
  return size === bytes.length ? bytes : bytes.slice(0, size);
}

function rangeHeader(range: ByteRange): string {
  return "suffixLength" in range
    ? `bytes=-${range.suffixLength}`
    : `bytes=${range.offset}-${range.offset + range.length - 1}`;
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

export function tooLarge(url: string, bytes: number, limit: number): SourceError {
  const mib = (n: number) => `${Math.round(n / 2 ** 20)} MiB`;
  return new SourceError("too-large", {
    url,
    expected: `chunks of at most ${mib(limit)}`,
    got: mib(bytes),
    next: "Write the image again with smaller chunks, for instance 512 × 512 in y and x.",
  });
}

/**
 * A browser reports every network failure alike. A second, opaque request
 * tells a server that is there but does not share with this page (CORS) from
 * one that is not there.
 */
export async function explainFailure(
  url: string,
  request: typeof fetch,
  cause: unknown,
): Promise<SourceError> {
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
