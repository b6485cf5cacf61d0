const CLEAR = 256;
const END = 257;

/**
 * TIFF's LZW: codes from the high bit, code width grown one code early. Writes
 * at most `length` bytes, so that a crafted strip cannot grow.
 * @throws Error for a code that cannot occur
 */
export function decodeLzw(packed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  // Every string in the table is a run of the output so far: where it starts, and how long it is.
  const starts = new Int32Array(4097);
  const lengths = new Int32Array(4097);
  let next = 258;
  let width = 9;
  let previous = -1;
  let written = 0;
  let buffer = 0;
  let held = 0;
  let at = 0;
  while (written < length) {
    while (held < width) {
      // Some writers leave the end code out.
      if (at >= packed.length) return out.subarray(0, written);
      buffer = ((buffer << 8) | packed[at++]!) & 0xffffff;
      held += 8;
    }
    held -= width;
    const code = (buffer >>> held) & ((1 << width) - 1);
    if (code === END) break;
    if (code === CLEAR) {
      next = 258;
      width = 9;
      previous = -1;
      continue;
    }
    const start = written;
    if (code < 256) {
      out[written++] = code;
    } else if (previous >= 0 && code < next) {
      const from = starts[code]!;
      const end = Math.min(length, written + lengths[code]!);
      for (let i = from; written < end; i++) out[written++] = out[i]!;
    } else if (previous >= 0 && code === next) {
      // The string just being made: the previous one and its own first byte.
      const from = starts[4096]!;
      const end = Math.min(length, written + lengths[4096]! + 1);
      for (let i = from; written < end; i++) out[written++] = out[i]!;
    } else {
      throw new Error(`LZW code ${code} where at most ${next} can be`);
    }
    if (previous >= 0 && next < 4096) {
      starts[next] = starts[4096]!;
      lengths[next] = lengths[4096]! + 1;
      next++;
    }
    starts[4096] = start;
    lengths[4096] = written - start;
    previous = code;
    if (next >= (1 << width) - 1 && width < 12) width++;
  }
  return out.subarray(0, written);
}
