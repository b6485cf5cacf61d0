import { SourceError } from "../errors.ts";
import { ByteCache } from "./byte-cache.ts";
import {
  declaredBytes,
  type HttpOptions,
  inTurn,
  isMissing,
  readBody,
  respond,
  statusError,
} from "./http.ts";
import { SharedRequests } from "./shared-requests.ts";

export interface RemoteFileOptions extends HttpOptions {
  readonly signal?: AbortSignal;
}

/** What is known of a file after its first bytes came; plain data, so that another worker can go on with it. */
export interface FileFacts {
  readonly url: string;
  /** Bytes in the file; null when the server does not say, or does not let this page see it (CORS). */
  readonly size: number | null;
  /** False when the server sends whole files only. */
  readonly ranges: boolean;
}

/** One file, read in parts. */
export interface RemoteFile extends FileFacts {
  /** Where the first answer came from, redirects followed. */
  readonly answeredAt: string;
  /** The first bytes, read on opening; fewer than 64 KiB only where the file is that short. */
  readonly head: Uint8Array;
  /**
   * Exactly these bytes, in one request (none if they are at hand).
   * @throws SourceError "malformed" when the file ends before them
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** As `read`, in whole blocks that are kept: for metadata, whose parts lie side by side. */
  readNear(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** As many of these bytes as there are. */
  readSome(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** These bytes if no request is needed for them. */
  atHand(offset: number, length: number): Uint8Array | null;
}

const BLOCK_BYTES = 64 * 2 ** 10;
const KEPT_BYTES = 16 * 2 ** 20;
/** A server without ranges sends everything: more than this is refused. */
const MAX_WHOLE_BYTES = 64 * 2 ** 20;
/** No caller has a reason to ask for more at once. */
const MAX_READ_BYTES = 96 * 2 ** 20;

interface Answer {
  readonly bytes: Uint8Array;
  readonly size: number | null;
  readonly whole: boolean;
  readonly url: string;
}

/**
 * Opens a file by its first 64 KiB.
 * @throws SourceError
 */
export async function openRemoteFile(url: string, options: RemoteFileOptions = {}): Promise<RemoteFile> {
  const answer = await askRange(url, 0, BLOCK_BYTES, options, options.signal);
  const facts: FileFacts = {
    url,
    // Fewer bytes than asked for are all there are.
    size: answer.size ?? (answer.bytes.length < BLOCK_BYTES ? answer.bytes.length : null),
    ranges: !answer.whole,
  };
  return remoteFile(facts, options, answer.bytes, answer.url);
}

/** Goes on with a file that was opened elsewhere; no request. */
export function resumeRemoteFile(facts: FileFacts, options: RemoteFileOptions = {}): RemoteFile {
  return remoteFile(facts, options, null);
}

/** A file that is in memory already: dropped on the page, or read by a test. */
export function memoryFile(url: string, bytes: Uint8Array): RemoteFile {
  return remoteFile({ url, size: bytes.length, ranges: false }, {}, bytes);
}

function remoteFile(
  facts: FileFacts,
  options: RemoteFileOptions,
  first: Uint8Array | null,
  answeredAt = facts.url,
): RemoteFile {
  const { url, size } = facts;
  const blocks = new ByteCache<Uint8Array>(KEPT_BYTES);
  const shared = new SharedRequests<Uint8Array>();
  let whole = facts.ranges ? null : first;
  if (facts.ranges && first) blocks.set("0", first, first.length);

  const ended = (offset: number, length: number, got: number) =>
    new SourceError("malformed", {
      url,
      expected: `${length} bytes at ${offset}`,
      got: `${got}, then the end of the file`,
      next: "The file is damaged or its copy incomplete: copy it again.",
    });

  function check(offset: number, length: number): void {
    const valid = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!valid || (size !== null && offset + length > size)) {
      throw ended(offset, length, Math.max(0, Math.min(length, (size ?? 0) - offset)));
    }
    if (length > MAX_READ_BYTES) {
      throw new SourceError("too-large", {
        url,
        expected: `at most ${MAX_READ_BYTES} bytes to be read at once`,
        got: `${length} bytes at ${offset}`,
        next: "Convert the image to OME-Zarr: `bioformats2raw in out.zarr`.",
      });
    }
  }

  async function fetched(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (whole) return whole.subarray(offset, offset + length);
    const key = facts.ranges ? `${offset}+${length}` : "whole";
    return shared.get(key, signal, async (own) => {
      const answer = await askRange(url, offset, length, options, own);
      if (!answer.whole) return answer.bytes;
      whole = answer.bytes;
      return whole;
    });
  }

  function atHand(offset: number, length: number): Uint8Array | null {
    if (whole) return offset + length <= whole.length ? whole.subarray(offset, offset + length) : null;
    const index = Math.floor(offset / BLOCK_BYTES);
    const block = blocks.get(String(index));
    const start = offset - index * BLOCK_BYTES;
    if (block && start + length <= block.length) return block.subarray(start, start + length);
    return null;
  }

  async function read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    check(offset, length);
    if (length === 0) return new Uint8Array();
    const kept = atHand(offset, length);
    if (kept) return kept;
    let bytes = await fetched(offset, length, signal);
    if (whole) bytes = whole.subarray(offset, offset + length);
    if (bytes.length < length) throw ended(offset, length, bytes.length);
    return bytes;
  }

  async function readSome(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const end = Math.min(offset + length, size ?? Number.POSITIVE_INFINITY);
    const bytes = atHand(offset, end - offset) ?? (await fetched(offset, end - offset, signal));
    return whole ? whole.subarray(offset, end) : bytes;
  }

  async function readNear(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    check(offset, length);
    const kept = length === 0 ? new Uint8Array() : atHand(offset, length);
    if (kept) return kept;
    const start = Math.floor(offset / BLOCK_BYTES) * BLOCK_BYTES;
    const end = Math.ceil((offset + length) / BLOCK_BYTES) * BLOCK_BYTES;
    let bytes = await fetched(start, Math.min(end, size ?? end) - start, signal);
    if (whole) bytes = whole.subarray(start, end);
    else {
      for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
        const block = bytes.subarray(at, at + BLOCK_BYTES);
        blocks.set(String((start + at) / BLOCK_BYTES), block, block.length);
      }
    }
    if (bytes.length < offset - start + length) {
      throw ended(offset, length, Math.max(0, bytes.length - (offset - start)));
    }
    return bytes.subarray(offset - start, offset - start + length);
  }

  return {
    ...facts,
    answeredAt,
    head: first?.subarray(0, BLOCK_BYTES) ?? new Uint8Array(),
    read,
    readNear,
    readSome,
    atHand,
  };
}

function askRange(
  url: string,
  offset: number,
  length: number,
  options: RemoteFileOptions,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  return inTurn(url, options, signal, () => askOnce(url, offset, length, options, signal));
}

async function askOnce(
  url: string,
  offset: number,
  length: number,
  options: RemoteFileOptions,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const headers = { Range: `bytes=${offset}-${offset + length - 1}` };
  const response = await respond(url, { headers, ...(signal ? { signal } : {}) }, options);
  const from = response.url || url;
  if (response.status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
    if (range && Number(range[1]) !== offset) {
      await response.body?.cancel();
      throw new SourceError("unreachable", {
        url,
        expected: `bytes from ${offset}`,
        got: `bytes from ${range[1]}`,
        next: "The server, or a cache before it, mixes up parts of files: try again, or use another copy.",
      });
    }
    const size = range && range[2] !== "*" ? Number(range[2]) : null;
    return { url: from, bytes: await readBody(response, length, url, signal), size, whole: false };
  }
  if (response.status === 416) {
    await response.body?.cancel();
    return { url: from, bytes: new Uint8Array(), size: null, whole: false };
  }
  if (response.ok) {
    const declared = declaredBytes(response);
    if (declared > MAX_WHOLE_BYTES) {
      await response.body?.cancel();
      throw noRanges(url, declared);
    }
    const bytes = await readBody(response, MAX_WHOLE_BYTES + 1, url, signal);
    if (bytes.length > MAX_WHOLE_BYTES) throw noRanges(url, bytes.length);
    return { url: from, bytes, size: bytes.length, whole: true };
  }
  await response.body?.cancel();
  if (isMissing(response)) {
    throw new SourceError("not-found", {
      url,
      expected: "an image",
      got: `nothing (status ${response.status})`,
      next: "Check the address, and that the file may be read without signing in.",
    });
  }
  throw statusError(url, response);
}

function noRanges(url: string, bytes: number): SourceError {
  const { host } = new URL(url);
  return new SourceError("unsupported", {
    url,
    expected: `${host} to send parts of a file (HTTP range requests)`,
    got: `the whole file (more than ${Math.floor(Math.min(bytes, MAX_WHOLE_BYTES) / 2 ** 20)} MiB)`,
    next: `Put the file on a server that supports range requests, or convert it to OME-Zarr, which needs none: \`bioformats2raw in out.zarr\`.`,
  });
}
