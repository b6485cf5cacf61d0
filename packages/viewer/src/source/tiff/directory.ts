import type { RemoteFile } from "../remote-file.ts";
import { damaged, tooLarge } from "./errors.ts";
import { MAX_DESCRIPTION_BYTES, MAX_DIRECTORIES, MAX_TAGS } from "./limits.ts";

export interface TiffHeader {
  readonly littleEndian: boolean;
  /** 64-bit offsets. */
  readonly big: boolean;
  readonly first: number;
}

/** Where a tag's values lie; they are read when they are wanted. */
export interface TagValues {
  readonly type: number;
  readonly count: number;
  /** Position of the first value in the file. */
  readonly at: number;
}

export interface Directory {
  readonly at: number;
  readonly tags: ReadonlyMap<number, TagValues>;
  /** Position of the next directory, 0 at the end. */
  readonly next: number;
}

/** Bytes of one value by TIFF field type. */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** Values other than text that are worth reading: colour maps have 3 × 65,536 of 2 bytes. */
const MAX_VALUE_BYTES = 2 ** 20;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Null when the bytes do not begin a TIFF or BigTIFF file. */
export function parseHeader(head: Uint8Array): TiffHeader | null {
  if (head.length < 8) return null;
  const mark = String.fromCharCode(head[0]!, head[1]!);
  if (mark !== "II" && mark !== "MM") return null;
  const littleEndian = mark === "II";
  const view = viewOf(head);
  const version = view.getUint16(2, littleEndian);
  if (version === 42) return { littleEndian, big: false, first: view.getUint32(4, littleEndian) };
  if (version !== 43 || head.length < 16 || view.getUint16(4, littleEndian) !== 8) return null;
  return { littleEndian, big: true, first: Number(view.getBigUint64(8, littleEndian)) };
}

/** Reads one directory: entries only, no values. */
export async function readDirectory(
  file: RemoteFile,
  { littleEndian, big }: TiffHeader,
  at: number,
  signal?: AbortSignal,
): Promise<Directory> {
  const countBytes = big ? 8 : 2;
  const entryBytes = big ? 20 : 12;
  const offsetBytes = big ? 8 : 4;
  const start = viewOf(await file.readNear(at, countBytes, signal));
  const count = big ? Number(start.getBigUint64(0, littleEndian)) : start.getUint16(0, littleEndian);
  if (count < 1 || count > MAX_TAGS) {
    throw damaged(file.url, `a directory of 1 to ${MAX_TAGS} entries at ${at}`, `${count}`);
  }
  const length = countBytes + count * entryBytes + offsetBytes;
  const view = viewOf(await file.readNear(at, length, signal));
  const offset = (position: number) =>
    big ? Number(view.getBigUint64(position, littleEndian)) : view.getUint32(position, littleEndian);
  const tags = new Map<number, TagValues>();
  for (let i = 0; i < count; i++) {
    const position = countBytes + i * entryBytes;
    const type = view.getUint16(position + 2, littleEndian);
    const values = offset(position + 4);
    const bytes = (TYPE_BYTES[type] ?? 0) * values;
    // Unknown field types are to be skipped, says TIFF 6.
    if (bytes === 0) continue;
    const inline = position + (big ? 12 : 8);
    tags.set(view.getUint16(position, littleEndian), {
      type,
      count: values,
      at: bytes <= offsetBytes ? at + inline : offset(inline),
    });
  }
  return { at, tags, next: offset(countBytes + count * entryBytes) };
}

/** Directories asked for at once when they lie at even distances, as in most stacks. */
const GUESSED_AHEAD = 16;

/**
 * The chain of directories, in file order.
 * @throws SourceError for a chain that loops or never ends
 */
export async function readChain(
  file: RemoteFile,
  header: TiffHeader,
  signal?: AbortSignal,
): Promise<Directory[]> {
  const chain: Directory[] = [];
  const seen = new Set<number>();
  let guessed = 0;
  for (let at = header.first; at !== 0; ) {
    if (seen.has(at))
      throw damaged(file.url, "a chain of directories with an end", `one that loops at ${at}`);
    if (chain.length >= MAX_DIRECTORIES) {
      throw tooLarge(file.url, `at most ${MAX_DIRECTORIES} planes`, "more");
    }
    seen.add(at);
    const directory = await readDirectory(file, header, at, signal);
    chain.push(directory);
    at = directory.next;
    const [a, b, c] = chain.slice(-3);
    const stride = a && b && c && c.at - b.at === b.at - a.at ? c.at - b.at : 0;
    if (file.ranges && stride > 0 && at === c!.at + stride && chain.length > guessed && !file.atHand(at, 2)) {
      const ahead = Array.from({ length: GUESSED_AHEAD }, (_, i) => at + i * stride);
      guessed = chain.length + GUESSED_AHEAD;
      const inside = ahead.filter((position) => file.size === null || position + 2 <= file.size);
      // A wrong guess costs nothing but the request: the chain itself is followed below.
      await Promise.all(inside.map((position) => file.readNear(position, 2, signal).catch(() => null)));
    }
  }
  return chain;
}

async function bytesOf(
  file: RemoteFile,
  values: TagValues,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const length = values.count * TYPE_BYTES[values.type]!;
  if (!(length <= limit)) throw tooLarge(file.url, `at most ${limit} bytes in a tag`, `${length}`);
  return file.readNear(values.at, length, signal);
}

/** Numbers of a tag; rationals as quotients. Undefined when the directory has no such tag. */
export async function numbersOf(
  file: RemoteFile,
  header: TiffHeader,
  directory: Directory,
  tag: number,
  signal?: AbortSignal,
): Promise<number[] | undefined> {
  const values = directory.tags.get(tag);
  if (!values) return undefined;
  const view = viewOf(await bytesOf(file, values, MAX_VALUE_BYTES, signal));
  const step = TYPE_BYTES[values.type]!;
  return Array.from({ length: values.count }, (_, i) =>
    numberAt(view, i * step, values.type, header.littleEndian),
  );
}

export function numberAt(view: DataView, at: number, type: number, littleEndian: boolean): number {
  switch (type) {
    case 1:
    case 2:
    case 7:
      return view.getUint8(at);
    case 3:
      return view.getUint16(at, littleEndian);
    case 4:
    case 13:
      return view.getUint32(at, littleEndian);
    case 5:
      return view.getUint32(at, littleEndian) / view.getUint32(at + 4, littleEndian);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, littleEndian);
    case 9:
      return view.getInt32(at, littleEndian);
    case 10:
      return view.getInt32(at, littleEndian) / view.getInt32(at + 4, littleEndian);
    case 11:
      return view.getFloat32(at, littleEndian);
    case 12:
      return view.getFloat64(at, littleEndian);
    case 17:
      return Number(view.getBigInt64(at, littleEndian));
    default:
      return Number(view.getBigUint64(at, littleEndian));
  }
}

export async function rawBytesOf(
  file: RemoteFile,
  directory: Directory,
  tag: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const values = directory.tags.get(tag);
  return values && bytesOf(file, values, MAX_VALUE_BYTES, signal);
}

/** Text up to the first NUL. UTF-8, or Latin-1 where it is not that (old ImageJ writes "µ" so). */
export async function textOf(
  file: RemoteFile,
  directory: Directory,
  tag: number,
  signal?: AbortSignal,
): Promise<string> {
  const values = directory.tags.get(tag);
  if (!values) return "";
  const bytes = await bytesOf(file, values, MAX_DESCRIPTION_BYTES, signal);
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch {
    return new TextDecoder("latin1").decode(text);
  }
}
