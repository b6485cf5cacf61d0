import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import http from "node:http";
import { dirname } from "node:path";
import { ServerError } from "../../errors.ts";
import type { RemoteFile } from "./registry.ts";

export interface DownloadOptions {
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
  /** Tries in a row after one on which nothing came, each from where the one before ended. */
  readonly retries?: number;
}

const PARTIAL = ".partial";

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
  { url, bytes, sha256 }: RemoteFile,
  path: string,
  { onProgress, signal, retries = 3 }: DownloadOptions = {},
): Promise<void> {
  if ((await sizeOf(path)) === bytes && (await sha256Of(path)) === sha256) return;
  await mkdir(dirname(path), { recursive: true });
  const partial = path + PARTIAL;
  for (let tries = 0; ; ) {
    const before = (await sizeOf(partial)) ?? 0;
    try {
      await fetchRest(url, bytes, partial, onProgress, signal);
      break;
    } catch (error) {
      if (signal?.aborted || (error as ServerError).code !== "upstream-unreachable") throw error;
      // A slow line may end often; one on which nothing comes is given up.
      tries = ((await sizeOf(partial)) ?? 0) > before ? 0 : tries + 1;
      if (tries > retries) throw error;
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

async function fetchRest(
  url: string,
  bytes: number,
  partial: string,
  onProgress: DownloadOptions["onProgress"],
  signal: AbortSignal | undefined,
): Promise<void> {
  let have = (await sizeOf(partial)) ?? 0;
  if (have > bytes) {
    await rm(partial);
    have = 0;
  }
  if (have === bytes) return;
  const response = await fetch(url, {
    headers: have > 0 ? { range: `bytes=${have}-` } : {},
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    throw unreachable(url, cause);
  });
  if (response.status !== 200 && response.status !== 206) {
    await response.body?.cancel();
    throw new ServerError("upstream-failed", `${url} answers with status ${response.status}.`, {
      next: "Check the address in a browser; or download the files by hand and use `models add`.",
    });
  }
  const from = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
  const goesOn = response.status === 206 && Number(from) === have;
  const file = await open(partial, goesOn ? "a" : "w");
  let done = goesOn ? have : 0;
  try {
    for await (const part of response.body ?? []) {
      done += part.byteLength;
      if (done > bytes) {
        throw new ServerError("upstream-too-large", `${url}: expected ${bytes} bytes, and more come.`, {
          next: "The file there has changed: add the model from files that you trust.",
        });
      }
      await file.write(part);
      onProgress?.(done / bytes);
    }
    await file.sync();
  } catch (cause) {
    if (cause instanceof ServerError || signal?.aborted) throw cause;
    throw unreachable(url, cause);
  } finally {
    await file.close();
  }
  if (done < bytes) throw unreachable(url, new Error(`it ended after ${done} of ${bytes} bytes`));
}

const unreachable = (url: string, cause: unknown) => {
  const inner = (cause as { cause?: Error }).cause?.message;
  const reason = [(cause as Error).message, inner].filter(Boolean).join(": ");
  return new ServerError("upstream-unreachable", `${url} could not be fetched: ${reason}.`, {
    next: "Run the command again: it goes on where it ended. Behind a proxy set HTTPS_PROXY. Without a network use `models add` with files.",
    cause,
  });
};

const sizeOf = async (path: string) => (await stat(path).catch(() => null))?.size ?? null;

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Uint8Array);
  return hash.digest("hex");
}
