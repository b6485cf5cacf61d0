/**
 * Cuts a polyline into dashes that run on round its corners.
 * @param chain x, y of each vertex
 * @param on,off lengths in the chain's unit
 */
export function dashed(chain: Float32Array, on: number, off: number): Float32Array[] {
  const dashes: Float32Array[] = [];
  const period = on + off;
  let phase = 0;
  for (let i = 0; i + 3 < chain.length; i += 2) {
    const x0 = chain[i]!;
    const y0 = chain[i + 1]!;
    const dx = chain[i + 2]! - x0;
    const dy = chain[i + 3]! - y0;
    const length = Math.hypot(dx, dy);
    // A line much longer than the screen would make millions of dashes; it is drawn whole.
    if (length / period > MOST_DASHES) return [chain];
    for (let at = -phase; at < length; at += period) {
      const from = Math.max(0, at) / length;
      const to = Math.min(length, at + on) / length;
      if (to > from) dashes.push(Float32Array.of(x0 + dx * from, y0 + dy * from, x0 + dx * to, y0 + dy * to));
    }
    phase = (phase + length) % period;
  }
  return dashes;
}

const MOST_DASHES = 5_000;
