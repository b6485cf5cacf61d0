import { loadZstd } from "../zstd.ts";
import { checkZstdBlocks } from "../zstd-blocks.ts";

/**
 * A declared size is allocated at once: it must be the one that is expected.
 * @returns that size, null where the frame does not state it
 */
function declaredSize(packed: Uint8Array, length: number): number | null {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const descriptor = packed[4]!;
  const single = (descriptor & 0x20) !== 0;
  const kind = descriptor >> 6;
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const bytes = [single ? 1 : 0, 2, 4, 8][kind]!;
  if (bytes === 0) return null;
  if (at + bytes > packed.length) throw new Error("a zstd frame that is cut short");
  const declared =
    bytes === 1
      ? packed[at]!
      : bytes === 2
        ? view.getUint16(at, true) + 256
        : bytes === 4
          ? view.getUint32(at, true)
          : Number(view.getBigUint64(at, true));
  // Writers pack the last strip of some files whole, with rows that are not there.
  if (declared > 2 * length + 2 ** 16) throw new Error(`${declared} bytes declared for ${length}`);
  return declared;
}

export async function decodeZstd(packed: Uint8Array, length: number): Promise<Uint8Array> {
  checkZstdBlocks(packed, length);
  const size = declaredSize(packed, length);
  if (size !== null) return (await loadZstd())(packed, size).subarray(0, length);
  const { default: Zstd } = await import("numcodecs/zstd");
  const decoded = await Zstd.fromConfig({ id: "zstd", level: 1 }).decode(packed);
  return decoded.subarray(0, length);
}
