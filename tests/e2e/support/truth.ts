import { type ImageSource, openImage } from "@coscope/viewer/source";

export interface TrueObject {
  readonly label: number;
  readonly area: number;
  /** The centre of its most interior px, image px. */
  readonly x: number;
  readonly y: number;
  readonly bounds: { minX: number; minY: number; maxX: number; maxY: number };
}

/** Labels of a part of an image, full resolution. */
export interface Truth {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly labels: Float64Array;
  /** Those that lie completely inside, largest first. */
  readonly objects: readonly TrueObject[];
}

export async function readTruth(
  url: string,
  rect: { x: number; y: number; width: number; height: number },
  cookie: string,
): Promise<Truth> {
  const source = await openImage(url, {
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set("cookie", cookie);
      return fetch(input, { ...init, headers });
    },
  });
  const labels = await readRect(source, rect);
  source.close?.();
  return { ...rect, labels, objects: objectsOf(labels, rect) };
}

async function readRect(
  source: ImageSource,
  rect: { x: number; y: number; width: number; height: number },
): Promise<Float64Array> {
  const { tileWidth, tileHeight } = source.levels[0]!;
  const out = new Float64Array(rect.width * rect.height);
  const first = { x: Math.floor(rect.x / tileWidth), y: Math.floor(rect.y / tileHeight) };
  for (let ty = first.y; ty * tileHeight < rect.y + rect.height; ty++)
    for (let tx = first.x; tx * tileWidth < rect.x + rect.width; tx++) {
      const tile = await source.getTile({ level: 0, x: tx, y: ty, z: 0, t: 0, channel: 0 });
      for (let i = 0; tile && i < tile.data.length; i++) {
        const x = tx * tileWidth + (i % tile.width) - rect.x;
        const y = ty * tileHeight + Math.floor(i / tile.width) - rect.y;
        if (x >= 0 && y >= 0 && x < rect.width && y < rect.height) out[y * rect.width + x] = tile.data[i]!;
      }
    }
  return out;
}

/** Objects that lie completely inside, largest first. */
export function objectsOf(
  labels: Float64Array,
  rect: { x: number; y: number; width: number; height: number },
): TrueObject[] {
  const { width, height } = rect;
  const found = new Map<number, { pixels: number[]; edge: boolean }>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    const one = found.get(label) ?? { pixels: [], edge: false };
    found.set(label, one);
    one.pixels.push(i);
    one.edge ||= x === 0 || y === 0 || x === width - 1 || y === height - 1;
  }
  return [...found]
    .filter(([, { edge }]) => !edge)
    .map(([label, { pixels }]) => {
      const at = mostInside(labels, width, label, pixels);
      const xs = pixels.map((i) => i % width);
      const ys = pixels.map((i) => Math.floor(i / width));
      return {
        label,
        area: pixels.length,
        x: rect.x + (at % width) + 0.5,
        y: rect.y + Math.floor(at / width) + 0.5,
        bounds: {
          minX: rect.x + Math.min(...xs),
          minY: rect.y + Math.min(...ys),
          maxX: rect.x + Math.max(...xs) + 1,
          maxY: rect.y + Math.max(...ys) + 1,
        },
      };
    })
    .sort((a, b) => b.area - a.area);
}

function mostInside(labels: Float64Array, width: number, label: number, pixels: readonly number[]): number {
  const reach = (i: number): number => {
    let r = 0;
    while ([r, -r, r * width, -r * width].every((d) => labels[i + d] === label)) r++;
    return r;
  };
  let best = pixels[0]!;
  let most = 0;
  for (const i of pixels) {
    const r = reach(i);
    if (r > most) [most, best] = [r, i];
  }
  return best;
}

/** IoU of an area's px with an object's. */
export function iouWith(truth: Truth, label: number, data: Uint8Array): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < data.length; i++) {
    const is = truth.labels[i] === label ? 1 : 0;
    both += is & data[i]!;
    either += is | data[i]!;
  }
  return either === 0 ? 0 : both / either;
}
