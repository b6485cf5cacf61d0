import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { ImportError } from "./errors.ts";
import type { FileTree } from "./file-tree.ts";

const inflate = promisify(inflateRaw);

const MAX_ENTRIES = 2_000_000;
const MAX_DIRECTORY_BYTES = 256 * 2 ** 20;
/** A packed member is unpacked whole, in memory. */
const MAX_UNPACKED_BYTES = 64 * 2 ** 20;
/** Deflate cannot do more. */
const MAX_RATIO = 1032;

interface Entry {
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  /** Of the local header; data follows it. */
  readonly offset: number;
}

/**
 * A zip archive (zip64 too), read in place: nothing is unpacked to the disk. Stored and deflated members; names that
 * lead out, links and encrypted members are left out.
 * @throws ImportError
 */
export async function zipTree(path: string, archive: string): Promise<FileTree> {
  const file = await open(path, "r");
  const broken = (what: string) =>
    new ImportError(
      "damaged",
      archive,
      `is not a whole zip archive (${what}).`,
      "Pack it again, or copy it again.",
    );

  async function read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
      if (bytesRead === 0) throw broken("it ends early");
      filled += bytesRead;
    }
    return buffer;
  }

  let entries: Map<string, Entry>;
  let last: { name: string; bytes: Uint8Array } | null = null;
  try {
    entries = await readDirectory((await file.stat()).size, read, broken);
  } catch (error) {
    await file.close();
    throw error;
  }

  async function dataOffset(entry: Entry): Promise<number> {
    const local = await read(entry.offset, 30);
    if (local.readUInt32LE(0) !== 0x04034b50) throw broken("a member is not where it should be");
    return entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  }

  return {
    name: archive.replace(/\.zip$/i, ""),
    list: async () => [...entries.keys()],
    size: async (name) => entries.get(name)?.size ?? null,
    async read(name, offset, length) {
      const entry = entries.get(name);
      if (!entry || offset >= entry.size) return new Uint8Array();
      const wanted = Math.min(length, entry.size - offset);
      const start = await dataOffset(entry);
      if (entry.method === 0) return read(start + offset, wanted);
      if (last?.name !== name) {
        const packed = await read(start, entry.packed);
        const bytes = await inflate(packed, { maxOutputLength: Math.max(1, entry.size) }).catch((cause) => {
          throw new ImportError(
            "damaged",
            archive,
            `${name} in it cannot be unpacked.`,
            "Pack it again.",
            cause,
          );
        });
        if (bytes.length !== entry.size) throw broken(`${name} has not the size it claims`);
        last = { name, bytes };
      }
      return last.bytes.subarray(offset, offset + wanted);
    },
    path: () => null,
    shown: (name) => name || archive,
    close: () => file.close(),
  };
}

async function readDirectory(
  size: number,
  read: (offset: number, length: number) => Promise<Buffer>,
  broken: (what: string) => ImportError,
): Promise<Map<string, Entry>> {
  const tailLength = Math.min(size, 22 + 65_535 + 20);
  const tail = await read(size - tailLength, tailLength);
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (at < 0 || at + 22 > tail.length) throw broken("its directory is missing");
  let count = tail.readUInt16LE(at + 10);
  let length = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  if (count === 0xffff || length === 0xffffffff || offset === 0xffffffff) {
    const locator = at - 20;
    if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) throw broken("its directory is missing");
    const end = await read(Number(tail.readBigUInt64LE(locator + 8)), 56);
    if (end.readUInt32LE(0) !== 0x06064b50) throw broken("its directory is missing");
    count = Number(end.readBigUInt64LE(32));
    length = Number(end.readBigUInt64LE(40));
    offset = Number(end.readBigUInt64LE(48));
  }
  if (count > MAX_ENTRIES || length > MAX_DIRECTORY_BYTES || offset + length > size) {
    throw broken(`it claims ${count} members`);
  }
  const directory = await read(offset, length);
  const entries = new Map<string, Entry>();
  for (let from = 0; from + 46 <= directory.length; ) {
    if (directory.readUInt32LE(from) !== 0x02014b50) break;
    const names = directory.readUInt16LE(from + 28);
    const extras = directory.readUInt16LE(from + 30);
    const next = from + 46 + names + extras + directory.readUInt16LE(from + 32);
    if (next > directory.length) throw broken("its directory is cut off");
    const flags = directory.readUInt16LE(from + 8);
    const method = directory.readUInt16LE(from + 10);
    const name = directory.toString("utf8", from + 46, from + 46 + names);
    const isLink = directory.readUInt32LE(from + 38) >>> 28 === 0xa;
    const entry = withZip64(directory.subarray(from + 46 + names, from + 46 + names + extras), {
      method,
      packed: directory.readUInt32LE(from + 20),
      size: directory.readUInt32LE(from + 24),
      offset: directory.readUInt32LE(from + 42),
    });
    from = next;
    const readable = (flags & 1) === 0 && (method === 0 || method === 8) && !isLink;
    if (!readable || name.endsWith("/") || !isPlainName(name)) continue;
    const sizes = [entry.packed, entry.size, entry.offset];
    if (!sizes.every(Number.isSafeInteger) || entry.offset + entry.packed > size)
      throw broken(`${name} is not in it`);
    if (
      method === 0
        ? entry.packed !== entry.size
        : entry.size > Math.min(MAX_UNPACKED_BYTES, entry.packed * MAX_RATIO + 64)
    ) {
      throw broken(`${name} claims ${entry.size} bytes; pack large files without compression`);
    }
    entries.set(name, entry);
  }
  return entries;
}

function withZip64(extra: Buffer, entry: Entry): Entry {
  const large = (value: number) => value === 0xffffffff;
  if (!large(entry.packed) && !large(entry.size) && !large(entry.offset)) return entry;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let from = at + 4;
    const next = (value: number) => {
      if (!large(value) || from + 8 > extra.length) return value;
      from += 8;
      return Number(extra.readBigUInt64LE(from - 8));
    };
    const size = next(entry.size);
    const packed = next(entry.packed);
    return { ...entry, size, packed, offset: next(entry.offset) };
  }
  return entry;
}

/** A name that stays inside. */
export function isPlainName(name: string): boolean {
  if (name === "" || name.length > 1024 || name.includes("\0") || name.includes("\\")) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
