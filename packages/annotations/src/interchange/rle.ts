import type { PixelMask } from "../shapes/mask.ts";
import { InterchangeError, shown } from "./errors.ts";

/**
 * A mask of a whole image as COCO has it: lengths of runs down the columns, one after the other, outside first.
 * They add up to height × width; none but the first is 0.
 */
export interface Rle {
  readonly height: number;
  readonly width: number;
  readonly counts: readonly number[];
}

/** COCO's readers count pixels in 32 bits. */
export const MAX_RLE_PIXELS = 2 ** 32 - 1;

/**
 * The mask of one polygon by the rule of pycocotools (maskApi.c 2.0.11), run for run: edges on a grid five times as
 * fine, even-odd. `polygon` is flat x, y, … in px from the top-left corner.
 */
export function rleOfPolygon(polygon: readonly number[], height: number, width: number): Rle {
  checkSize(height, width);
  const k = polygon.length >> 1;
  const marks: number[] = [];
  // Only the steps between the fine columns c and c + 1 with c = 5 · column + 2 leave a mark.
  const mark = (column: number, v: number): void => {
    const y = Math.ceil((v + 0.5) / 5 - 0.5);
    marks.push(column * height + Math.max(0, Math.min(height, y)));
  };
  for (let i = 0; i < k; i++) {
    const j = i + 1 === k ? 0 : i + 1;
    let xs = Math.trunc(5 * polygon[2 * i]! + 0.5);
    let ys = Math.trunc(5 * polygon[2 * i + 1]! + 0.5);
    let xe = Math.trunc(5 * polygon[2 * j]! + 0.5);
    let ye = Math.trunc(5 * polygon[2 * j + 1]! + 0.5);
    const [dx, dy] = [Math.abs(xe - xs), Math.abs(ye - ys)];
    if (dx === 0) continue;
    const steep = dx < dy;
    if (steep ? ys > ye : xs > xe) [xs, ys, xe, ye] = [xe, ye, xs, ys];
    const slope = steep ? (xe - xs) / dy : (ye - ys) / dx;
    const first = Math.max(0, Math.ceil((Math.min(xs, xe) - 2) / 5));
    const last = Math.min(width - 1, Math.floor((Math.max(xs, xe) - 3) / 5));
    for (let column = first; column <= last; column++) {
      const c = 5 * column + 2;
      if (!steep) {
        const t = c - xs;
        const v = Math.trunc(ys + slope * t + 0.5);
        mark(column, Math.min(v, Math.trunc(ys + slope * (t + 1) + 0.5)));
        continue;
      }
      // The step at which the rounded x goes from one to the other: by division, then by the same sum as theirs.
      let t = Math.max(1, Math.min(dy, Math.ceil((c + 0.5 - xs) / slope)));
      const beyond = (at: number): boolean => Math.trunc(xs + slope * at + 0.5) > c === slope > 0;
      while (t > 1 && beyond(t - 1)) t--;
      while (t < dy && !beyond(t)) t++;
      mark(column, ys + t - 1);
    }
  }
  marks.push(height * width);
  const sorted = Float64Array.from(marks).sort();
  const runs: number[] = [];
  let before = 0;
  for (const mark of sorted) {
    runs.push(mark - before);
    before = mark;
  }
  const counts = [runs[0]!];
  for (let j = 1; j < runs.length; ) {
    if (runs[j]! > 0) counts.push(runs[j++]!);
    else {
      j++;
      if (j < runs.length) counts[counts.length - 1]! += runs[j++]!;
    }
  }
  return { height, width, counts };
}

/** Both at once: in either, or in the first and not in the second. */
export function combineRle(a: Rle, b: Rle, operation: "union" | "subtract"): Rle {
  const keep =
    operation === "union" ? (p: boolean, q: boolean) => p || q : (p: boolean, q: boolean) => p && !q;
  const counts: number[] = [];
  let [i, j, left, right] = [0, 0, a.counts[0] ?? 0, b.counts[0] ?? 0];
  let [inA, inB, now, run] = [false, false, false, 0];
  const total = a.height * a.width;
  for (let done = 0; done < total; ) {
    while (left === 0 && i < a.counts.length) [left, inA] = [a.counts[++i] ?? total, !inA];
    while (right === 0 && j < b.counts.length) [right, inB] = [b.counts[++j] ?? total, !inB];
    const step = Math.min(left, right, total - done);
    const inside = keep(inA, inB);
    if (inside !== now) {
      counts.push(run);
      [run, now] = [0, inside];
    }
    run += step;
    done += step;
    left -= step;
    right -= step;
  }
  counts.push(run);
  return { height: a.height, width: a.width, counts };
}

/** Area in pixels. */
export function rleArea({ counts }: Rle): number {
  let area = 0;
  for (let i = 1; i < counts.length; i += 2) area += counts[i]!;
  return area;
}

/** x, y, width, height of the pixels inside; zeros where there are none. */
export function rleBounds({ height, counts }: Rle): [number, number, number, number] {
  let [x0, y0, x1, y1, at] = [Infinity, Infinity, -1, -1, 0];
  counts.forEach((run, i) => {
    if (i % 2 === 1 && run > 0) {
      const [first, last] = [at, at + run - 1];
      const [left, right] = [Math.floor(first / height), Math.floor(last / height)];
      x0 = Math.min(x0, left);
      x1 = Math.max(x1, right);
      // A run over the end of a column touches the image's top and bottom.
      y0 = Math.min(y0, left < right ? 0 : first % height);
      y1 = Math.max(y1, left < right ? height - 1 : last % height);
    }
    at += run;
  });
  return x1 < 0 ? [0, 0, 0, 0] : [x0, y0, x1 - x0 + 1, y1 - y0 + 1];
}

/** COCO's text of the counts: each less the one but one before it, in base 32 from "0" on. */
export function rleText({ counts }: Rle): string {
  let text = "";
  counts.forEach((count, i) => {
    let x = i > 2 ? count - counts[i - 2]! : count;
    for (let more = true; more; ) {
      // Not by bits: counts go beyond 31 of them.
      const low = ((x % 32) + 32) % 32;
      x = (x - low) / 32;
      more = low & 16 ? x !== -1 : x !== 0;
      text += String.fromCharCode((more ? low | 32 : low) + 48);
    }
  });
  return text;
}

/** Throws InterchangeError ("bad-rle") for text that is none, or does not fill the image. */
export function parseRle(text: string, height: number, width: number, at = ""): Rle {
  const counts: number[] = [];
  for (let p = 0; p < text.length; ) {
    let [x, scale, c] = [0, 1, 0];
    do {
      c = text.charCodeAt(p++) - 48;
      if (!(c >= 0 && c < 64) || scale > 2 ** 40)
        throw new InterchangeError(
          "bad-rle",
          at,
          "counts in COCO's base 32",
          `character ${p} of ${text.length}`,
        );
      x += (c & 31) * scale;
      scale *= 32;
    } while (c & 32);
    if (c & 16) x -= scale;
    const i = counts.length;
    counts.push(i > 2 ? x + counts[i - 2]! : x);
  }
  return checkRle(counts, height, width, at);
}

/** Throws InterchangeError ("bad-rle", "too-large") unless the counts are whole, 0 or more and fill the image. */
export function checkRle(counts: readonly unknown[], height: number, width: number, at = ""): Rle {
  checkSize(height, width, at);
  let sum = 0;
  for (const count of counts) {
    if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0)
      throw new InterchangeError("bad-rle", at, "counts of 0 or more", shown(count));
    sum += count;
  }
  if (sum !== height * width)
    throw new InterchangeError("bad-rle", at, `counts that add up to ${height * width}`, `${sum}`);
  return { height, width, counts: counts as readonly number[] };
}

function checkSize(height: number, width: number, at = ""): void {
  if (!Number.isSafeInteger(height) || !Number.isSafeInteger(width) || height < 1 || width < 1)
    throw new InterchangeError("bad-rle", at, "a height and a width of whole pixels", `${height} × ${width}`);
  if (height * width > MAX_RLE_PIXELS)
    throw new InterchangeError("too-large", at, `at most ${MAX_RLE_PIXELS} px`, `${height} × ${width}`);
}

/** Larger masks would take more memory than a page has. */
const MAX_MASK_PIXELS = 2 ** 28;

/**
 * The pixels inside, in the smallest window that holds them; null where there are none. Throws InterchangeError
 * ("too-large") where that window has more than 2^28 pixels.
 */
export function maskOfRle(rle: Rle, at = ""): PixelMask | null {
  const [x, y, width, height] = rleBounds(rle);
  if (width === 0) return null;
  if (width * height > MAX_MASK_PIXELS)
    throw new InterchangeError("too-large", at, `at most ${MAX_MASK_PIXELS} px`, `${height} × ${width}`);
  const data = new Uint8Array(width * height);
  let start = 0;
  rle.counts.forEach((run, i) => {
    if (i % 2 === 1)
      for (let p = start; p < start + run; p++) {
        const column = Math.floor(p / rle.height);
        data[(p - column * rle.height - y) * width + column - x] = 1;
      }
    start += run;
  });
  return { x, y, width, height, data };
}
