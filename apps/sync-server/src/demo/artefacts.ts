import type { Frame } from "./frame.ts";
import { noise2 } from "./noise.ts";
import { hash2, nextHash, unit } from "./random.ts";

/** Brightness of dirt per channel: it glows in all of them, most in the blue. */
const GLOW = [1, 0.75, 0.5, 0.6];

const FIBRE_SPACING = 9000;
const FIBRE_REACH = 2200;
const SPECK_SPACING = 1500;
const SPECK_REACH = 60;
const SEGMENTS = 28;

/** Adds what doesn't belong on a slide: textile fibres lying on top, out of focus, and specks of dust. */
export function paintDirt(frame: Frame, seed: number, channel: number, target: Float32Array): void {
  const span = frame.size * frame.scale;
  near(frame, span, FIBRE_SPACING, FIBRE_REACH, (i, j) => {
    const h = hash2(seed + 700, i, j);
    if (unit(h) > 0.3) return;
    fibre(
      frame,
      nextHash(h),
      (i + unit(nextHash(h ^ 1))) * FIBRE_SPACING,
      (j + unit(nextHash(h ^ 2))) * FIBRE_SPACING,
      channel,
      target,
    );
  });
  near(frame, span, SPECK_SPACING, SPECK_REACH, (i, j) => {
    const h = hash2(seed + 710, i, j);
    if (unit(h) > 0.3) return;
    const h2 = nextHash(h);
    const radius = 2.2 + 9 * unit(h2) ** 4;
    const soft = 1.5 + 5 * unit(nextHash(h2)) ** 2;
    const x = (i + unit(nextHash(h ^ 3))) * SPECK_SPACING;
    const y = (j + unit(nextHash(h ^ 4))) * SPECK_SPACING;
    const bright = 900 * GLOW[channel]! * (0.3 + unit(nextHash(h ^ 5)));
    stroke(frame, x, y, x + 1.4 * radius * (unit(h2) - 0.5), y + radius, radius, soft, bright, target);
  });
}

function near(
  frame: Frame,
  span: number,
  spacing: number,
  reach: number,
  visit: (i: number, j: number) => void,
): void {
  for (
    let j = Math.floor((frame.originY - reach) / spacing) - 1;
    j <= (frame.originY + span + reach) / spacing;
    j++
  ) {
    for (
      let i = Math.floor((frame.originX - reach) / spacing) - 1;
      i <= (frame.originX + span + reach) / spacing;
      i++
    )
      visit(i, j);
  }
}

function fibre(
  frame: Frame,
  hash: number,
  x: number,
  y: number,
  channel: number,
  target: Float32Array,
): void {
  let h = hash;
  const next = (): number => {
    h = nextHash(h);
    return 2 * unit(h) - 1;
  };
  const length = 1100 + 900 * next();
  const angle = Math.PI * next();
  const ex = x + length * Math.cos(angle);
  const ey = y + length * Math.sin(angle);
  const mx = (x + ex) / 2 + 0.7 * length * next();
  const my = (y + ey) / 2 + 0.7 * length * next();
  const radius = 6 + 3 * next();
  const soft = 5.5 + 4 * next();
  const bright = 330 * GLOW[channel]! * (1 + 0.5 * next());
  let px = x;
  let py = y;
  for (let k = 1; k <= SEGMENTS; k++) {
    const t = k / SEGMENTS;
    const qx = (1 - t) ** 2 * x + 2 * t * (1 - t) * mx + t * t * ex;
    const qy = (1 - t) ** 2 * y + 2 * t * (1 - t) * my + t * t * ey;
    // Flat fibres twist: broad and bright, narrow and dim in turn.
    const twist = 1 + 0.35 * Math.sin(k * 0.8 + hash);
    stroke(frame, px, py, qx, qy, radius * twist, soft, bright / twist, target);
    px = qx;
    py = qy;
  }
}

/** A soft-edged line of half width `radius`; it only brightens, so that joints don't add up. */
function stroke(
  frame: Frame,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  radius: number,
  soft: number,
  bright: number,
  target: Float32Array,
): void {
  const { scale, size, originX, originY } = frame;
  // Where a pixel is wider than the line, the line is widened and dimmed.
  const width = Math.max(radius, 0.6 * scale);
  const edge = Math.max(soft, 0.5 * scale);
  const light = bright * (radius / width) ** (Math.hypot(bx - ax, by - ay) < 2 * width ? 2 : 1);
  const reach = width + edge;
  const i0 = Math.max(0, Math.ceil((Math.min(ax, bx) - reach - originX) / scale - 0.5));
  const i1 = Math.min(size - 1, Math.floor((Math.max(ax, bx) + reach - originX) / scale - 0.5));
  const j0 = Math.max(0, Math.ceil((Math.min(ay, by) - reach - originY) / scale - 0.5));
  const j1 = Math.min(size - 1, Math.floor((Math.max(ay, by) + reach - originY) / scale - 0.5));
  const ex = bx - ax;
  const ey = by - ay;
  const length2 = ex * ex + ey * ey + 1e-9;
  for (let j = j0; j <= j1; j++) {
    const y = originY + (j + 0.5) * scale;
    for (let i = i0; i <= i1; i++) {
      const x = originX + (i + 0.5) * scale;
      const t = Math.min(1, Math.max(0, ((x - ax) * ex + (y - ay) * ey) / length2));
      const d = Math.hypot(x - ax - t * ex, y - ay - t * ey);
      const s = Math.min(1, Math.max(0, 0.5 + (width - d) / (2 * edge)));
      if (s > 0 && t < 1) target[j * size + i]! += light * s * s * (3 - 2 * s);
    }
  }
}

/** 0…1: how much of a second layer of tissue lies over the first, along one fold of the section. */
export function foldAt(x: number, y: number): number {
  if (y < 9000 || y > 50000) return 0;
  const line = 12300 + 0.2 * (y - 30000) + 1500 * noise2(801, y / 9000, 0) + 260 * noise2(802, y / 1300, 0);
  const width =
    190 * Math.min(1, (y - 9000) / 9000, (50000 - y) / 12000) * (1 + 0.4 * noise2(803, y / 2500, 0));
  const d = (x - line) / Math.max(1, width);
  if (d < -1 || d > 1.25) return 0;
  // One side is the crease, sharp; the other fades where the layer lies flat again.
  return d < -0.8 ? (d + 1) / 0.2 : d < 0.3 ? 1 : 1 - (d - 0.3) / 0.95;
}
