import { ServerError } from "../errors.ts";

/** One stored blob. `modified` is when it was last put or touched: what may be thrown away first is found with it. */
export interface BlobInfo {
  readonly key: string;
  /** bytes */
  readonly size: number;
  readonly modified: Date;
}

/**
 * Bytes that are too large for rows, under keys: files in the data folder, or an S3-compatible storage.
 * What is put is there as a whole or not at all, and survives a crash of the process once `put` resolves. Every
 * method rejects with ServerError "store-failed" when the storage does not answer, "bad-request" for a bad key.
 */
export interface BlobStore {
  /** For people: where it is. */
  readonly place: string;
  /** Replaces what was there. Rejects with "too-large" above the store's limit. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** null when there is none. */
  get(key: string): Promise<Uint8Array | null>;
  stat(key: string): Promise<BlobInfo | null>;
  /** Everything whose key starts with the prefix, in the order of the keys. */
  list(prefix?: string): AsyncIterable<BlobInfo>;
  /** Makes it as new as if it were put again. Nothing happens when there is none. */
  touch(key: string): Promise<void>;
  /** Nothing happens when there is none. */
  delete(key: string): Promise<void>;
}

export interface BlobLimits {
  /** Largest blob, in bytes. */
  readonly maxBytes: number;
}

export const DEFAULT_LIMITS: BlobLimits = { maxBytes: 256 << 20 };

const MAX_KEY = 400;
/** A part never starts with a dot: no `..`, no hidden file, and room for names of our own. */
const PART = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,150}$/;

/** Throws "bad-request" for anything but parts of `A-Z a-z 0-9 . _ -`, joined by `/`. */
export function checkKey(key: string): void {
  if (key.length <= MAX_KEY && key.split("/").every((part) => PART.test(part))) return;
  throw new ServerError("bad-request", `"${key.slice(0, 80)}" is no key of a blob.`);
}

export function checkSize(key: string, bytes: Uint8Array, { maxBytes }: BlobLimits): void {
  if (bytes.byteLength <= maxBytes) return;
  throw new ServerError("too-large", `${key}: expected at most ${maxBytes} bytes, got ${bytes.byteLength}.`);
}

export function blobFailure(place: string, what: string, cause: unknown): ServerError {
  return new ServerError("store-failed", `${what} failed in ${place}: ${(cause as Error).message}`, {
    next: "Check that the storage can be reached, its credentials, and the free space.",
    cause,
  });
}
