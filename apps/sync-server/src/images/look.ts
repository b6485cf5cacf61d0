import { type DecodeImage, inspect, isSourceError, openImage } from "@coscope/viewer/source";
import type { Connections } from "../connections/connections.ts";
import { isServerError } from "../errors.ts";
import { timedOut } from "../fetch/explain.ts";
import type { Guard } from "../fetch/guard.ts";
import { remoteFetch } from "./remote-fetch.ts";

export interface LookOptions {
  readonly guard: Guard;
  readonly connections: Connections;
  readonly workspaceId: string;
  /** Of the page that would read the image itself. */
  readonly origin: string;
  readonly signal?: AbortSignal;
}

export interface Look {
  reachable: boolean;
  status: number | null;
  cors: boolean | null;
  ranges: boolean | null;
  needsServer: boolean;
  allowed: true;
  connection: string | null;
  reason?: string;
  next?: string;
}

/** A person waits. */
const TOTAL_MS = 25_000;
/** Metadata, or the head of a file. */
const MAX_BYTES = 80 * 2 ** 20;

/** No tile is asked for, so there is nothing to decode. */
const decodeImage: DecodeImage = () => Promise.reject(new Error("only metadata is read"));

/**
 * Opens an allowed address with the readers that the page has, as far as metadata goes, and says whether the page
 * could do the same.
 */
export async function lookAt(address: string, options: LookOptions): Promise<Look> {
  const { guard, connections, workspaceId, origin, signal } = options;
  const used = await connections.match(workspaceId, new URL(address));
  const seen: { status: number; shares: boolean }[] = [];
  let ranges: boolean | null = null;
  let failure: unknown = null;

  const limit = AbortSignal.timeout(TOTAL_MS);
  const own = remoteFetch({
    guard,
    connections,
    workspaceId,
    headers: { origin },
    maxBytes: MAX_BYTES,
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  });
  const request: typeof fetch = async (input, init) => {
    try {
      const response = await own(input, init);
      const shared = response.headers.get("access-control-allow-origin");
      seen.push({ status: response.status, shares: shared === "*" || shared === origin });
      if (new Headers(init?.headers).has("range") && response.ok) ranges = response.status === 206;
      return response;
    } catch (error) {
      failure ??= limit.aborted ? timedOut(new URL(address).host, TOTAL_MS) : error;
      throw error;
    }
  };

  const base = { allowed: true as const, connection: used?.name ?? null };
  try {
    const reading = { fetch: request, decodeImage, retry: { retries: 0 }, ...(signal ? { signal } : {}) };
    await inspect(address, reading);
    // The name of a file may say enough for a list, and nobody asked whether it is there.
    if (seen.length === 0) (await openImage(address, reading)).close?.();
    const decided = seen.find(({ status }) => status >= 200 && status < 300) ?? seen[0];
    const cors = used === null && decided?.shares === true;
    return { ...base, reachable: true, status: decided?.status ?? null, cors, ranges, needsServer: !cors };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const status =
      seen.map((one) => one.status).find((code) => code === 401 || code === 403) ?? seen[0]?.status ?? null;
    const cors = seen.length === 0 ? null : used === null && seen.every(({ shares }) => shares);
    return {
      ...base,
      reachable: false,
      status,
      cors,
      ranges,
      needsServer: false,
      ...why(error, failure, status, used !== null),
    };
  }
}

function why(
  error: unknown,
  failure: unknown,
  status: number | null,
  withCredentials: boolean,
): { reason: string; next?: string } {
  if (status === 401 || status === 403) {
    return {
      reason: withCredentials
        ? `The server refuses the credentials of the connection (status ${status}).`
        : `The server gives this to nobody unknown, or there is nothing (status ${status}).`,
      next: withCredentials
        ? "Check that they are right and allow reading."
        : "If it is private, add a connection with its headers or S3 keys.",
    };
  }
  if (isServerError(failure)) {
    const { message: reason, next } = failure;
    return { reason, ...(next ? { next } : {}) };
  }
  if (isSourceError(error))
    return { reason: `Expected ${error.expected}, got ${error.got}.`, next: error.next };
  return {
    reason: "There is no image that can be read.",
    next: "Check the address: it should be that of an image's folder or file.",
  };
}
