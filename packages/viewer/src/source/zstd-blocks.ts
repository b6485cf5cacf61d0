const MAGIC = 0xfd2fb528;
/** A block holds at most this much (RFC 8878, 3.1.1.2.4). */
const BLOCK_BYTES = 128 * 2 ** 10;

/**
 * Walks the block headers of zstd frames, which need not declare their size,
 * and refuses more blocks than `length` bytes could need: a block of four
 * bytes may stand for 128 KiB. Small blocks of writers that flush often have
 * fourfold room.
 * @throws Error
 */
export function checkZstdBlocks(packed: Uint8Array, length: number): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const most = 4 * Math.ceil(length / BLOCK_BYTES) + 64;
  let blocks = 0;
  let at = 0;
  while (at < packed.length) {
    if (at + 6 > packed.length) throw new Error("a zstd frame that is cut short");
    const magic = view.getUint32(at, true);
    if (magic >>> 4 === 0x184d2a5) {
      // A skippable frame: it holds nothing of the picture.
      at += 8 + view.getUint32(at + 4, true);
      continue;
    }
    if (magic !== MAGIC) {
      if (at > 0) return;
      throw new Error("no zstd frame");
    }
    const descriptor = packed[at + 4]!;
    const single = (descriptor & 0x20) !== 0;
    const checksum = (descriptor & 4) !== 0;
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    at += 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]! + sizeBytes;
    for (let last = false; !last; ) {
      if (at + 3 > packed.length) throw new Error("a zstd frame that is cut short");
      const header = packed[at]! | (packed[at + 1]! << 8) | (packed[at + 2]! << 16);
      last = (header & 1) === 1;
      const isRepeat = ((header >> 1) & 3) === 1;
      at += 3 + (isRepeat ? 1 : header >> 3);
      if (++blocks > most) throw new Error(`zstd blocks for more than ${length} bytes`);
    }
    if (checksum) at += 4;
  }
}
