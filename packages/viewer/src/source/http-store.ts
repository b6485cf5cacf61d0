import { isSourceError, SourceError } from "../errors.ts";
import {
  declaredBytes,
  type HttpOptions,
  inTurn,
  isMissing,
  readBody,
  respond,
  statusError,
} from "./http.ts";

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

export interface HttpStoreOptions extends HttpOptions {
  /** Most bytes one answer may have. */
  readonly maxBytes?: number;
}

/** A chunk may declare 64 MiB decoded; what does not compress may come with some framing on top. */
const MAX_ANSWER_BYTES = 80 * 2 ** 20;

export function createHttpStore(url: string, options: HttpStoreOptions = {}): ByteStore {
  const root = new URL(url);
  root.hash = "";
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
    // A browser opens six connections to a host: hundreds of tiles must not hold up what a person just did.
    const response = await respond(href, { priority: "low", ...init } as RequestInit, options);
    if (response.ok || isMissing(response) || response.status === 416) return response;
    await response.body?.cancel();
    throw statusError(href, response);
  }

  async function bodyOf(href: string, response: Response, read: ReadOptions | undefined) {
    const declared = declaredBytes(response);
    const most = Math.min(maxBytes, read?.maxBytes ?? maxBytes);
    if (declared > most) {
      await response.body?.cancel();
      throw tooLarge(href, declared, most);
    }
    const bytes = await readBody(response, most + 1, href, read?.signal);
    if (bytes.length > most) throw tooLarge(href, bytes.length, most);
    read?.onBytes?.();
    return bytes;
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
    const offset = Math.max(0, declaredBytes(head) - length);
    return ask(href, init(read, { Range: rangeHeader({ offset, length }) }));
  }

  return {
    locate,

    get(key, read) {
      const href = locate(key);
      return inTurn(href, options, read?.signal, async () => {
        const response = await ask(href, init(read));
        if (response.ok) return bodyOf(href, response, read);
        await response.body?.cancel();
        return undefined;
      });
    },

    getRange(key, range, read) {
      const href = locate(key);
      return inTurn(href, options, read?.signal, async () => {
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

function rangeHeader(range: ByteRange): string {
  return "suffixLength" in range
    ? `bytes=-${range.suffixLength}`
    : `bytes=${range.offset}-${range.offset + range.length - 1}`;
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
