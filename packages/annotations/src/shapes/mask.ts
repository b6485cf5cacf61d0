import type { Parts } from "./parts.ts";

/** Pixels of a window of the image: `data[(py - y) * width + (px - x)]`, 1 inside, 0 outside. */
export interface PixelMask {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The pixels of a window whose centres lie in the area (even-odd over all rings: clean parts expected). */
export function rasterise(
  parts: Parts,
  window: { x: number; y: number; width: number; height: number },
): PixelMask {
  const { x, y, width, height } = window;
  const rows: number[][] = Array.from({ length: height }, () => []);
  for (const rings of parts)
    for (const ring of rings)
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const up = ring[j + 1]! <= ring[i + 1]!;
        const [ax, ay] = [ring[up ? j : i]!, ring[up ? j + 1 : i + 1]!];
        const [bx, by] = [ring[up ? i : j]!, ring[up ? i + 1 : j + 1]!];
        // Rows whose centre lies in [ay, by).
        const first = Math.max(0, Math.ceil(ay - y - 0.5));
        const last = Math.min(height, Math.ceil(by - y - 0.5));
        for (let row = first; row < last; row++)
          rows[row]!.push(ax + ((bx - ax) * (y + row + 0.5 - ay)) / (by - ay));
      }
  const data = new Uint8Array(width * height);
  rows.forEach((crossings, row) => {
    crossings.sort((p, q) => p - q);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const from = Math.max(0, Math.ceil(crossings[k]! - x - 0.5));
      const to = Math.min(width, Math.ceil(crossings[k + 1]! - x - 0.5));
      if (to > from) data.fill(1, row * width + from, row * width + to);
    }
  });
  return { x, y, width, height, data };
}
