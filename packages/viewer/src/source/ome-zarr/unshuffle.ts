/**
 * Undoes blosc's byte shuffle: a block holds all first bytes of its elements,
 * then all second ones, and so on; what is left over at its end was not moved.
 * @param pieces the block, whole or cut by byte
 */
export function unshuffle(
  pieces: readonly Uint8Array[],
  typeSize: number,
  target: Uint8Array,
  start: number,
  length: number,
): void {
  const count = Math.floor(length / typeSize);
  const planes =
    pieces.length === typeSize
      ? pieces
      : Array.from({ length: typeSize }, (_, i) => pieces[0]!.subarray(i * count, (i + 1) * count));
  const at = target.byteOffset + start;
  if (typeSize === 2 && isAligned(planes, count) && at % 4 === 0) pairs(planes, target.buffer, at, count);
  else if (typeSize === 4 && at % 4 === 0) fours(planes, target.buffer, at, count);
  else {
    planes.forEach((plane, i) => {
      for (let element = 0, to = start + i; element < count; element++, to += typeSize)
        target[to] = plane[element]!;
    });
  }
  const moved = count * typeSize;
  if (moved < length) target.set(pieces[0]!.subarray(moved, length), start + moved);
}

const isAligned = (planes: readonly Uint8Array[], count: number) =>
  count % 4 === 0 && planes.every((plane) => plane.byteOffset % 4 === 0);

/** Four elements at a time, in registers. */
function pairs(planes: readonly Uint8Array[], buffer: ArrayBufferLike, at: number, count: number): void {
  const low = new Uint32Array(planes[0]!.buffer, planes[0]!.byteOffset, count / 4);
  const high = new Uint32Array(planes[1]!.buffer, planes[1]!.byteOffset, count / 4);
  const target = new Uint32Array(buffer, at, count / 2);
  for (let i = 0, to = 0; i < low.length; i++, to += 2) {
    const l = low[i]!;
    const h = high[i]!;
    target[to] = (l & 0xff) | ((h & 0xff) << 8) | ((l & 0xff00) << 8) | ((h & 0xff00) << 16);
    target[to + 1] = ((l >>> 16) & 0xff) | ((h >>> 8) & 0xff00) | ((l >>> 8) & 0xff0000) | (h & 0xff000000);
  }
}

function fours(planes: readonly Uint8Array[], buffer: ArrayBufferLike, at: number, count: number): void {
  const [a, b, c, d] = planes as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const target = new Uint32Array(buffer, at, count);
  for (let i = 0; i < count; i++) target[i] = a[i]! | (b[i]! << 8) | (c[i]! << 16) | (d[i]! << 24);
}
