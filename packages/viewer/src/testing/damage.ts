// Files damaged as copies are: cut short, overwritten, with parts in the wrong place.

/** A small generator, so that a failure names the seed that repeats it. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const TELLING = [0, 1, 2, 3, 7, 0x7f, 0x80, 0xff, 0xfe];

export function damaged(bytes: Uint8Array, pick: (below: number) => number): Uint8Array {
  const copy = bytes.slice();
  if (copy.length === 0) return copy;
  // Descriptions lie at either end: damage goes there more often than chance would have it.
  const place = () => {
    const near = Math.min(copy.length, 1024);
    const kind = pick(3);
    return kind === 0 ? pick(near) : kind === 1 ? copy.length - 1 - pick(near) : pick(copy.length);
  };
  switch (pick(5)) {
    case 0:
      return copy.subarray(0, pick(copy.length));
    case 1: {
      const at = place();
      copy.fill(TELLING[pick(TELLING.length)]!, at, at + 1 + pick(8));
      return copy;
    }
    case 2: {
      const at = place();
      return copy.slice().fill(0xff, at, at + 4);
    }
    case 3: {
      const from = place();
      copy.copyWithin(place(), from, from + 1 + pick(64));
      return copy;
    }
    default:
      for (let i = 0; i <= pick(16); i++) copy[place()] = pick(256);
      return copy;
  }
}
