/**
 * Cuts a chain of segments into dashes that run on round corners.
 * @param segments x0, y0, x1, y1 of each edge
 * @param on,off lengths in the segments' unit
 */
export function dashed(segments: Float32Array, on: number, off: number): Float32Array {
  const dashes: number[] = [];
  const period = on + off;
  let phase = 0;
  for (let i = 0; i < segments.length; i += 4) {
    const x0 = segments[i]!;
    const y0 = segments[i + 1]!;
    const dx = segments[i + 2]! - x0;
    const dy = segments[i + 3]! - y0;
    const length = Math.hypot(dx, dy);
    // A line much longer than the screen would make millions of dashes; it is drawn whole.
    if (length / period > MOST_DASHES) return segments;
    for (let at = -phase; at < length; at += period) {
      const from = Math.max(0, at) / length;
      const to = Math.min(length, at + on) / length;
      if (to > from) dashes.push(x0 + dx * from, y0 + dy * from, x0 + dx * to, y0 + dy * to);
    }
    phase = (phase + length) % period;
  }
  return new Float32Array(dashes);
}

const MOST_DASHES = 20_000;
