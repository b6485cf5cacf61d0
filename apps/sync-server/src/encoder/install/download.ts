import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import http from "node:http";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ServerError } from "../../errors.ts";
import type { RemoteFile } from "./registry.ts";

export interface DownloadOptions {
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
  /** Further tries after one that failed, each from where that ended; counted anew whenever bytes came. */
  readonly retries?: number;
  /** Before the second try, ms; twice as long before each further one in a row. */
  readonly backoffMs?: number;
  /** Without a byte for so long, ms, a try is given up. */
  readonly idleMs?: number;
}

const PARTIAL = ".partial";
const RETRIES = 4;
const BACKOFF_MS = 1_000;
const IDLE_MS = 30_000;
/** What a server may ask to wait for with `Retry-After`. */
const LONGEST_WAIT_MS = 60_000;
/** Answers that may be others a moment later. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** One try failed; another may not. */
class Passing extends Error {
  readonly told: ServerError;
  /** ms that the server asks to wait for. */
  readonly after: number;
  constructor(told: ServerError, after = 0) {
    super(told.message);
    this.told = told;
    this.after = after;
  }
}

/** From now on `fetch` of this process heeds HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Returns what undoes it. */
export function useProxyFromEnv(env: NodeJS.ProcessEnv = process.env): () => void {
  return http.setGlobalProxyFromEnv(env);
}

/**
 * Fetches a file to `path`, going on where an earlier try ended. It is there under its name only when its length and
 * SHA-256 are as expected. Through a proxy after `useProxyFromEnv`.
 * Throws ServerError "upstream-unreachable", "upstream-failed", "upstream-too-large" or "bad-download".
 */
export async function download(
  file: RemoteFile,
  path: string,
  { onProgress, signal, retries = RETRIES, backoffMs = BACKOFF_MS, idleMs = IDLE_MS }: DownloadOptions = {},
): Promise<void> {
  if (await isHere(file, path)) return;
  const { url, sha256 } = file;
  await mkdir(dirname(path), { recursive: true });
  const partial = path + PARTIAL;
  for (let tries = 0; ; ) {
    const before = await lengthOf(partial);
    try {
      await fetchRest(file, partial, idleMs, onProgress, signal);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Passing)) throw error;
      // A slow line may end often; one on which nothing comes is given up.
      tries = (await lengthOf(partial)) > before ? 1 : tries + 1;
      if (tries > retries) throw error.told;
      const pause = backoffMs * 2 ** (tries - 1) * (1 + Math.random() / 4);
      await wait(
        Math.min(LONGEST_WAIT_MS, Math.max(pause, error.after)),
        undefined,
        signal ? { signal } : {},
      );
    }
  }
  const got = await sha256Of(partial);
  if (got !== sha256) {
    await rm(partial, { force: true });
    throw new ServerError("bad-download", `${url}: expected SHA-256 ${sha256}, got ${got}.`, {
      next: "The file there has changed, or something on the way changed it. It was removed; try again, or add the model from files that you trust.",
    });
  }
  await rename(partial, path);
}

/** Whether the whole file is there, and it is the one that is meant. */
export async function isHere({ bytes, sha256 }: RemoteFile, path: string): Promise<boolean> {
  return (await lengthOf(path)) === bytes && (await sha256Of(path)) === sha256;
}

async function fetchRest(
  { url, bytes }: RemoteFile,
  partial: string,
  idleMs: number,
  onProgress: DownloadOptions["onProgress"],
  signal: AbortSignal | undefined,
): Promise<void> {
  let have = await lengthOf(partial);
  if (have > bytes) {
    await rm(partial);
    have = 0;
  }
  if (have === bytes) return;
  const idle = new AbortController();
  const silence = setTimeout(() => idle.abort(new Error(`no byte came for ${idleMs / 1000} s`)), idleMs);
  try {
    const response = await fetch(url, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal: signal ? AbortSignal.any([signal, idle.signal]) : idle.signal,
    }).catch((cause: unknown) => {
      throw unreachable(url, cause);
    });
    silence.refresh();
    if (response.status !== 200 && response.status !== 206) {
      await response.body?.cancel();
      // There is less there than we have: it is another file, to be had from its beginning.
      if (response.status === 416) await rm(partial, { force: true });
      throw failed(url, response);
    }
    const from = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
    const goesOn = response.status === 206 && Number(from) === have;
    const file = await open(partial, goesOn ? "a" : "w");
    try {
      await receive(response, file, goesOn ? have : 0, { url, bytes }, (share) => {
        silence.refresh();
        onProgress?.(share);
      });
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(silence);
  }
}

/** Writes what comes after the first `done` bytes. */
async function receive(
  { body }: Response,
  file: FileHandle,
  done: number,
  { url, bytes }: Pick<RemoteFile, "url" | "bytes">,
  onShare: (share: number) => void,
): Promise<void> {
  const reader = body?.getReader();
  for (;;) {
    const part = await reader?.read().catch((cause: unknown) => {
      throw unreachable(url, cause);
    });
    if (!part || part.done) break;
    done += part.value.byteLength;
    if (done > bytes) {
      await reader?.cancel();
      throw new ServerError("upstream-too-large", `${url}: expected ${bytes} bytes, and more come.`, {
        next: "The file there has changed: add the model from files that you trust.",
      });
    }
    await file.write(part.value).catch((cause: Error) => {
      throw new ServerError("store-failed", `What comes from ${url} could not be written: ${cause.message}`, {
        next: "Check the free space, and run the command again: it goes on where it ended.",
        cause,
      });
    });
    onShare(done / bytes);
  }
  await file.sync();
  if (done < bytes) throw unreachable(url, new Error(`it ended after ${done} of ${bytes} bytes`));
}

function failed(url: string, { status, headers }: Response): ServerError | Passing {
  const told = new ServerError("upstream-failed", `${url} answers with status ${status}.`, {
    next: PASSING.has(status)
      ? "Run the command again later: it goes on where it ended."
      : "Check the address in a browser; or download the files by hand and use `models add`.",
  });
  if (!PASSING.has(status) && status !== 416) return told;
  return new Passing(told, retryAfterMs(headers.get("retry-after")));
}

/** `Retry-After` is a number of seconds or a date. */
function retryAfterMs(value: string | null): number {
  if (!value) return 0;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now();
  // A date that is none is no wish.
  return Math.max(0, ms || 0);
}

function unreachable(url: string, cause: unknown): Passing {
  const inner = (cause as { cause?: Error }).cause?.message;
  const reason = [(cause as Error).message, inner].filter(Boolean).join(": ");
  return new Passing(
    new ServerError("upstream-unreachable", `${url} could not be fetched: ${reason}.`, {
      next: "Run the command again: it goes on where it ended. Behind a proxy set HTTPS_PROXY. Without a network use `models add` with files.",
      cause,
    }),
  );
}

const lengthOf = async (path: string) => (await stat(path).catch(() => null))?.size ?? 0;

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Uint8Array);
  return hash.digest("hex");
}
