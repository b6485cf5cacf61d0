// TIFF files in memory, for tests of what no proper writer writes.
import { memoryFile, type RemoteFile } from "../source/remote-file.ts";

/** A tag of 32-bit numbers, 16-bit numbers, bytes, or text. */
export type TinyTag = readonly [tag: number, values: readonly number[] | Uint8Array | string, type?: 3 | 4];

export interface TinyTiff {
  readonly directories: readonly (readonly TinyTag[])[];
  /** Pixels, packed; they begin at byte 8. */
  readonly data?: Uint8Array;
  /** Where the last directory says that the next one is; 0, the end, by default. */
  readonly last?: "first" | number;
}

export const DATA_AT = 8;

/** Little-endian: header, data, then each directory with its values behind it. */
export function tinyTiff({ directories, data = new Uint8Array(), last = 0 }: TinyTiff): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = DATA_AT + data.length;
  const first = at;
  const starts: number[] = [];
  for (const tags of directories) {
    starts.push(at);
    const { bytes } = directory(tags, at);
    pieces.push(bytes);
    at += bytes.length;
  }
  const file = new Uint8Array(at);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, first, true);
  file.set(data, DATA_AT);
  pieces.forEach((piece, i) => {
    file.set(piece, starts[i]!);
    const next = starts[i + 1] ?? (last === "first" ? first : last);
    view.setUint32(starts[i]! + 2 + directories[i]!.length * 12, next, true);
  });
  return file;
}

function directory(tags: readonly TinyTag[], at: number): { bytes: Uint8Array } {
  const values = tags.map(([, value, type = 4]) => {
    if (typeof value === "string")
      return { type: 2, count: value.length + 1, bytes: new TextEncoder().encode(`${value}\0`) };
    if (value instanceof Uint8Array) return { type: 7, count: value.length, bytes: value };
    const bytes = new Uint8Array((type === 3 ? Uint16Array : Uint32Array).from(value).buffer);
    return { type, count: value.length, bytes };
  });
  const fixed = 2 + tags.length * 12 + 4;
  const bytes = new Uint8Array(
    fixed + values.reduce((sum, { bytes: own }) => sum + (own.length > 4 ? own.length : 0), 0),
  );
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tags.length, true);
  let external = fixed;
  tags.forEach(([tag], i) => {
    const { type, count, bytes: own } = values[i]!;
    const entry = 2 + i * 12;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, type, true);
    view.setUint32(entry + 4, count, true);
    if (own.length <= 4) {
      bytes.set(own, entry + 8);
    } else {
      view.setUint32(entry + 8, at + external, true);
      bytes.set(own, external);
      external += own.length;
    }
  });
  return { bytes };
}

/** The tags of a grey 8-bit picture in one strip at `DATA_AT`; others are added, or replace these. */
export function grey(width: number, height: number, ...more: readonly TinyTag[]): TinyTag[] {
  const tags = new Map<number, TinyTag>();
  const own: TinyTag[] = [
    [256, [width]],
    [257, [height]],
    [258, [8], 3],
    [259, [1], 3],
    [262, [1], 3],
    [273, [DATA_AT]],
    [277, [1], 3],
    [278, [height]],
    [279, [width * height]],
  ];
  for (const tag of [...own, ...more]) tags.set(tag[0], tag);
  return [...tags.values()].sort((a, b) => a[0] - b[0]);
}

export const tinyFile = (bytes: Uint8Array): RemoteFile => memoryFile("http://tiny.test/image.tif", bytes);
