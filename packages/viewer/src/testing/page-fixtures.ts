import { type ImageSource, type TypedArray, tileGrid } from "../source/image-source.ts";

// The files in tests/fixtures/images, read in a page.

// Vite serves the repository; an address relative to this module it would take for an asset.
const images = new URL("/tests/fixtures/images/", location.origin);
export const at = (name: string) => new URL(name, images).href;

export interface Expected {
  readonly dtype: string;
  /** SHA-256 of [y, x] planes, by t, z and c; none where packing lost something. */
  readonly levels: readonly { readonly planes?: readonly (readonly (readonly string[])[])[] }[];
}

export async function expectedIn(list: string): Promise<Record<string, Expected>> {
  return (await fetch(at(list))).json();
}

/** Where pixels differ from those that are expected; empty where they are the same. */
export async function differences(source: ImageSource, { levels }: Expected): Promise<string[]> {
  const found: string[] = [];
  for (const [level, { planes }] of levels.entries())
    for (const [t, inTime] of planes!.entries())
      for (const [z, channels] of inTime.entries())
        for (const [channel, hash] of channels.entries()) {
          if ((await digest(await planeOf(source, { level, z, t, channel }))) !== hash)
            found.push(`level ${level}, t ${t}, z ${z}, channel ${channel}`);
        }
  return found;
}

export async function planeOf(
  source: ImageSource,
  where: { level: number; z: number; t: number; channel: number },
): Promise<TypedArray> {
  const level = source.levels[where.level]!;
  const { columns, rows } = tileGrid(level);
  let plane: TypedArray | null = null;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const tile = await source.getTile({ ...where, x, y });
      if (!tile) continue;
      const Pixels = tile.data.constructor as new (n: number) => TypedArray;
      plane ??= new Pixels(level.width * level.height).fill(source.fill);
      for (let row = 0; row < tile.height; row++) {
        const line = tile.data.subarray(row * tile.width, (row + 1) * tile.width);
        plane.set(line, (y * level.tileHeight + row) * level.width + x * level.tileWidth);
      }
    }
  }
  return plane!;
}

async function digest(plane: TypedArray): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", plane as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

type Files = Map<string, Uint8Array<ArrayBuffer>>;

/** Members of a zip that stores; `below` stands before each. */
export async function unzipped(name: string, below = ""): Promise<Files> {
  const bytes = new Uint8Array(await (await fetch(at(name))).arrayBuffer());
  const view = new DataView(bytes.buffer);
  const files: Files = new Map();
  for (let position = 0; view.getUint32(position, true) === 0x04034b50; ) {
    const size = view.getUint32(position + 18, true);
    const length = view.getUint16(position + 26, true);
    const start = position + 30 + length + view.getUint16(position + 28, true);
    const path = new TextDecoder().decode(bytes.subarray(position + 30, position + 30 + length));
    files.set(below + path, bytes.slice(start, start + size));
    position = start + size;
  }
  return files;
}

/** Files as an address space, read whole or by range. */
export function serving(files: Files): typeof fetch {
  return async (input, init) => {
    const file = files.get(decodeURIComponent(new URL(String(input)).pathname).slice(1));
    if (!file) return new Response(null, { status: 404 });
    const range = /^bytes=(\d*)-(\d*)$/.exec(new Headers(init?.headers).get("range") ?? "");
    if (!range) return new Response(file);
    const start = range[1] ? Number(range[1]) : Math.max(0, file.length - Number(range[2]));
    if (start >= file.length) return new Response(null, { status: 416 });
    const part = file.slice(start, range[1] && range[2] ? Number(range[2]) + 1 : undefined);
    return new Response(part, {
      status: 206,
      headers: { "content-range": `bytes ${start}-${start + part.length - 1}/${file.length}` },
    });
  };
}

export const servingZip = async (name: string, below = ""): Promise<typeof fetch> =>
  serving(await unzipped(name, below));
