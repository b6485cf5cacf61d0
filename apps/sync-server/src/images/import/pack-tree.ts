import { open } from "node:fs/promises";
import { ImportError } from "./errors.ts";
import type { FileTree } from "./file-tree.ts";
import { isPlainName } from "./zip-tree.ts";

/**
 * A pack: many files as one, as a page sends a dropped folder. "COSCOPK1", the length of the list (u32, little-endian), the list
 * (JSON, `[[name, bytes], …]`), then the files' bytes, one after another.
 */
export const PACK_MAGIC = "COSCOPK1";

const MAX_LIST_BYTES = 128 * 2 ** 20;

/** @throws ImportError */
export async function packTree(path: string, name: string): Promise<FileTree> {
  const file = await open(path, "r");
  const broken = (what: string) =>
    new ImportError("damaged", name, `is not a whole folder (${what}).`, "Drop the folder again.");
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(12);
    await file.read(head, 0, 12, 0);
    if (head.toString("latin1", 0, 8) !== PACK_MAGIC) throw broken("no list of files");
    const length = head.readUInt32LE(8);
    if (length > MAX_LIST_BYTES || 12 + length > size) throw broken("its list is cut off");
    const list = Buffer.alloc(length);
    await file.read(list, 0, length, 12);
    const files = placesOf(list.toString("utf8"), 12 + length, broken);
    const end = files.end;
    if (end !== size) throw broken(`expected ${end} bytes, got ${size}`);
    return {
      name,
      list: async () => [...files.places.keys()],
      size: async (name) => files.places.get(name)?.size ?? null,
      async read(name, offset, wanted) {
        const place = files.places.get(name);
        const bytes = new Uint8Array(Math.max(0, Math.min(wanted, (place?.size ?? 0) - offset)));
        if (!place || bytes.length === 0) return bytes;
        const { bytesRead } = await file.read(bytes, 0, bytes.length, place.offset + offset);
        return bytes.subarray(0, bytesRead);
      },
      path: () => null,
      shown: (inside) => inside || name,
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function placesOf(json: string, start: number, broken: (what: string) => ImportError) {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    throw broken("its list cannot be read");
  }
  if (!Array.isArray(list)) throw broken("its list cannot be read");
  const places = new Map<string, { offset: number; size: number }>();
  let end = start;
  for (const item of list as unknown[]) {
    const [name, size] = Array.isArray(item) ? (item as unknown[]) : [];
    if (typeof name !== "string" || !isPlainName(name) || !Number.isSafeInteger(size) || (size as number) < 0)
      throw broken("its list names something that is no file");
    places.set(name, { offset: end, size: size as number });
    end += size as number;
  }
  return { places, end };
}
