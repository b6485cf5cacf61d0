/** A mask in image px: `data[(py - y) * width + (px - x)]`, 1 inside, 0 outside. */
export interface Mask {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Logits at the image's own resolution: `data[(py - y) * width + (px - x)]`, above 0 is inside. */
export interface LogitMap {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** The px above the threshold. */
export function maskOf(logits: LogitMap, threshold = 0): Mask {
  const data = new Uint8Array(logits.data.length);
  for (let i = 0; i < data.length; i++) data[i] = (logits.data[i] as number) > threshold ? 1 : 0;
  return { x: logits.x, y: logits.y, width: logits.width, height: logits.height, data };
}

/** How many px two masks share. */
export function overlap(a: Mask, b: Mask): number {
  const x0 = Math.max(a.x, b.x);
  const y0 = Math.max(a.y, b.y);
  const x1 = Math.min(a.x + a.width, b.x + b.width);
  const y1 = Math.min(a.y + a.height, b.y + b.height);
  let n = 0;
  for (let y = y0; y < y1; y++) {
    const i = (y - a.y) * a.width - a.x;
    const j = (y - b.y) * b.width - b.x;
    for (let x = x0; x < x1; x++) n += (a.data[i + x] as number) & (b.data[j + x] as number);
  }
  return n;
}

export function area(m: Mask): number {
  let n = 0;
  for (let i = 0; i < m.data.length; i++) n += m.data[i] as number;
  return n;
}

/** Intersection over union; 0 for two empty masks. */
export function iou(a: Mask, b: Mask): number {
  const shared = overlap(a, b);
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared);
}

/** The same mask without empty rows and columns round it, or null where nothing is inside. */
export function trim(m: Mask): Mask | null {
  let [x0, y0, x1, y1] = [m.width, m.height, -1, -1];
  for (let y = 0; y < m.height; y++)
    for (let x = 0; x < m.width; x++)
      if (m.data[y * m.width + x]) {
        if (x < x0) x0 = x;
        if (x > x1) x1 = x;
        if (y < y0) y0 = y;
        y1 = y;
      }
  return x1 < 0 ? null : cut(m, m.x + x0, m.y + y0, x1 - x0 + 1, y1 - y0 + 1);
}

/** The mask over another rectangle; outside of the first one nothing is inside. */
export function cut(m: Mask, x: number, y: number, width: number, height: number): Mask {
  const data = new Uint8Array(width * height);
  const x0 = Math.max(x, m.x);
  const x1 = Math.min(x + width, m.x + m.width);
  for (let py = Math.max(y, m.y); py < Math.min(y + height, m.y + m.height) && x1 > x0; py++) {
    const from = (py - m.y) * m.width - m.x;
    data.set(m.data.subarray(from + x0, from + x1), (py - y) * width + x0 - x);
  }
  return { x, y, width, height, data };
}

/** The 4-connected part of the mask that holds the px (image px), or the largest part where that is outside. */
export function partAt(m: Mask, px: number, py: number): Mask {
  const { parts, labels } = components(m);
  if (parts.length < 2) return m;
  const [x, y] = [Math.floor(px) - m.x, Math.floor(py) - m.y];
  const here = x >= 0 && y >= 0 && x < m.width && y < m.height ? (labels[y * m.width + x] as number) : 0;
  const keep = here || 1 + parts.indexOf(Math.max(...parts));
  return { ...m, data: Uint8Array.from(labels, (v) => (v === keep ? 1 : 0)) };
}

/** 4-connected parts: `labels` 0 outside, 1..n; `parts[k - 1]` the area of part k. */
export function components(m: { width: number; height: number; data: Uint8Array }): {
  labels: Int32Array;
  parts: number[];
} {
  const { width, height, data } = m;
  const labels = new Int32Array(width * height);
  const parts: number[] = [];
  const stack: number[] = [];
  for (let start = 0; start < data.length; start++) {
    if (!data[start] || labels[start]) continue;
    const k = parts.length + 1;
    let n = 0;
    labels[start] = k;
    stack.push(start);
    while (stack.length) {
      const i = stack.pop() as number;
      n++;
      const x = i % width;
      const visit = (j: number) => {
        if (data[j] && !labels[j]) {
          labels[j] = k;
          stack.push(j);
        }
      };
      if (x > 0) visit(i - 1);
      if (x < width - 1) visit(i + 1);
      if (i >= width) visit(i - width);
      if (i < width * (height - 1)) visit(i + width);
    }
    parts.push(n);
  }
  return { labels, parts };
}
