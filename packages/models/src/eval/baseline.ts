import { squaredDistance } from "../distance.ts";
import type { Mask } from "../mask.ts";
import { components, trim } from "../mask.ts";
import type { Planes } from "../planes.ts";

/**
 * What one would try without a network: Otsu's threshold on the smoothed brightness (the rarer side is nuclei), then a
 * watershed of the distance to the outside, from its maxima. `image`: three planes in 0..1.
 */
export function thresholdAndWatershed(image: Planes, minArea: number): Mask[] {
  const { width, height } = image;
  const grey = smooth(brightness(image), width, height);
  const t = otsu(grey);
  let above = 0;
  for (const v of grey) if (v > t) above++;
  const bright = above <= grey.length / 2;
  const inside = Uint8Array.from(grey, (v) => (v > t === bright ? 1 : 0));
  const distance = Float64Array.from(
    squaredDistance(width, height, (i) => inside[i] as number),
    Math.sqrt,
  );
  const labels = watershed(distance, markersOf(distance, width, height), width, height);
  return masksOf(labels, width, height).filter((m) => m.data.reduce((a, b) => a + b, 0) >= minArea);
}

function brightness({ width, height, data }: Planes): Float32Array {
  const n = width * height;
  const out = new Float32Array(n);
  for (let i = 0; i < n; i++)
    out[i] = ((data[i] as number) + (data[n + i] as number) + (data[2 * n + i] as number)) / 3;
  return out;
}

/** Mean of 3 × 3, twice: about a Gaussian of 1.2 px. */
function smooth(a: Float32Array, width: number, height: number): Float32Array {
  let from = a;
  for (let pass = 0; pass < 2; pass++) {
    const to = new Float32Array(from.length);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let [s, n] = [0, 0];
        for (let py = Math.max(0, y - 1); py <= Math.min(height - 1, y + 1); py++)
          for (let px = Math.max(0, x - 1); px <= Math.min(width - 1, x + 1); px++, n++)
            s += from[py * width + px] as number;
        to[y * width + x] = s / n;
      }
    from = to;
  }
  return from;
}

function otsu(values: Float32Array): number {
  const counts = new Float64Array(256);
  for (const v of values)
    counts[Math.min(255, Math.floor(v * 256))] = (counts[Math.min(255, Math.floor(v * 256))] as number) + 1;
  let total = 0;
  counts.forEach((c, i) => {
    total += c * i;
  });
  let [below, sum, best, at] = [0, 0, -1, 0];
  for (let i = 0; i < 255; i++) {
    below += counts[i] as number;
    sum += i * (counts[i] as number);
    const over = values.length - below;
    if (below === 0 || over === 0) continue;
    const between = below * over * (sum / below - (total - sum) / over) ** 2;
    if (between > best) [best, at] = [between, i];
  }
  return (at + 1) / 256;
}

/** Maxima of the distance within 5 px, plateaus joined. */
function markersOf(distance: Float64Array, width: number, height: number): Int32Array {
  const peak = new Uint8Array(distance.length);
  const reach = 5;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const d = distance[y * width + x] as number;
      if (d < 1.5) continue;
      let top = true;
      for (let py = Math.max(0, y - reach); top && py <= Math.min(height - 1, y + reach); py++)
        for (let px = Math.max(0, x - reach); px <= Math.min(width - 1, x + reach); px++)
          if ((distance[py * width + px] as number) > d) {
            top = false;
            break;
          }
      if (top) peak[y * width + x] = 1;
    }
  return components({ width, height, data: peak }).labels;
}

/** Markers grow over their neighbours, the px farthest from the outside first. */
function watershed(distance: Float64Array, labels: Int32Array, width: number, height: number): Int32Array {
  const buckets: number[][] = [];
  const level = (i: number) => Math.floor((distance[i] as number) * 4);
  const push = (i: number, most: number) => {
    const k = Math.min(most, level(i));
    buckets[k] ??= [];
    (buckets[k] as number[]).push(i);
  };
  for (let i = 0; i < labels.length; i++) if (labels[i]) push(i, Number.POSITIVE_INFINITY);
  for (let k = buckets.length - 1; k >= 0; k--) {
    const queue = buckets[k] ?? [];
    for (let head = 0; head < queue.length; head++) {
      const i = queue[head] as number;
      const x = i % width;
      for (const [ok, j] of [
        [x > 0, i - 1],
        [x < width - 1, i + 1],
        [i >= width, i - width],
        [i < width * (height - 1), i + width],
      ] as const)
        if (ok && !labels[j] && (distance[j] as number) > 0) {
          labels[j] = labels[i] as number;
          push(j, k);
        }
    }
  }
  return labels;
}

function masksOf(labels: Int32Array, width: number, height: number): Mask[] {
  const boxes = new Map<number, [number, number, number, number]>();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const id = labels[y * width + x] as number;
      if (id === 0) continue;
      const b = boxes.get(id);
      if (!b) boxes.set(id, [x, y, x, y]);
      else boxes.set(id, [Math.min(b[0], x), b[1], Math.max(b[2], x), y]);
    }
  return [...boxes].flatMap(([id, [x0, y0, x1, y1]]) => {
    const w = x1 - x0 + 1;
    const data = new Uint8Array(w * (y1 - y0 + 1));
    for (let y = y0; y <= y1; y++)
      for (let x = x0; x <= x1; x++) if (labels[y * width + x] === id) data[(y - y0) * w + x - x0] = 1;
    return trim({ x: x0, y: y0, width: w, height: y1 - y0 + 1, data }) ?? [];
  });
}
