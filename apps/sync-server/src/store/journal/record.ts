import { createHash } from "node:crypto";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { LogEntry } from "../document-log.ts";

/** An update with its place in the log, on its way into the database. */
export interface JournalEntry extends LogEntry {
  readonly sequence: number;
  /** When it was accepted, ms since 1970. */
  readonly createdAt: number;
}

/** What a file holds: whole entries from its start, and how many bytes these are. What follows them cannot be read. */
export interface Journaled {
  /** `order` numbers the entries of all files in the order in which they were written. */
  readonly entries: readonly { readonly order: number; readonly entry: JournalEntry }[];
  readonly length: number;
}

const VERSION = 1;
/** Length of the body, little endian; first bytes of the body's SHA-256. */
const LENGTH_BYTES = 4;
const HASH_BYTES = 8;
const HEAD_BYTES = LENGTH_BYTES + HASH_BYTES;

/**
 * One record, in two parts to be written one after the other: length, hash and the body up to the update, and the update
 * itself, which is not copied. A record that a kill cut off is told from a whole one by its length or its hash.
 */
export function encodeRecord(order: number, entry: JournalEntry): [Uint8Array, Uint8Array] {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, VERSION);
  encoding.writeVarUint(encoder, order);
  encoding.writeVarString(encoder, entry.layerId);
  encoding.writeVarUint(encoder, entry.epoch);
  encoding.writeVarUint(encoder, entry.sequence);
  encoding.writeVarString(encoder, entry.userId);
  encoding.writeVarUint(encoder, entry.createdAt);
  for (const ids of [entry.clientIds, entry.claims]) {
    encoding.writeVarUint(encoder, ids.length);
    for (const id of ids) encoding.writeVarUint(encoder, id);
  }
  encoding.writeVarUint(encoder, entry.bytes.length);
  const fields = encoding.toUint8Array(encoder);
  const head = new Uint8Array(HEAD_BYTES + fields.length);
  new DataView(head.buffer).setUint32(0, fields.length + entry.bytes.length, true);
  head.set(hashOf(fields, entry.bytes), LENGTH_BYTES);
  head.set(fields, HEAD_BYTES);
  return [head, entry.bytes];
}

/** Reads records up to the first that is not whole. */
export function decodeRecords(file: Uint8Array): Journaled {
  const entries: { order: number; entry: JournalEntry }[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  while (at + HEAD_BYTES <= file.length) {
    const start = at + HEAD_BYTES;
    const end = start + view.getUint32(at, true);
    if (end > file.length) break;
    const body = file.subarray(start, end);
    const isWhole = hashOf(body).equals(file.subarray(at + LENGTH_BYTES, start));
    const record = isWhole ? decodeBody(body) : null;
    if (!record) break;
    entries.push(record);
    at = end;
  }
  return { entries, length: at };
}

function decodeBody(body: Uint8Array): { order: number; entry: JournalEntry } | null {
  const decoder = decoding.createDecoder(body);
  if (decoding.readVarUint(decoder) !== VERSION) return null;
  const order = decoding.readVarUint(decoder);
  const layerId = decoding.readVarString(decoder);
  const epoch = decoding.readVarUint(decoder);
  const sequence = decoding.readVarUint(decoder);
  const userId = decoding.readVarString(decoder);
  const createdAt = decoding.readVarUint(decoder);
  const readIds = () =>
    Array.from({ length: decoding.readVarUint(decoder) }, () => decoding.readVarUint(decoder));
  const clientIds = readIds();
  const claims = readIds();
  const bytes = decoding.readVarUint8Array(decoder).slice();
  return { order, entry: { layerId, epoch, sequence, userId, createdAt, clientIds, claims, bytes } };
}

function hashOf(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest().subarray(0, HASH_BYTES);
}
