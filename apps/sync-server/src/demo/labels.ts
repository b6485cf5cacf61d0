import { BODY, BODY_COLUMNS, type Table } from "./cell-table.ts";
import type { Frame } from "./frame.ts";
import { bodyReach, emptyHarmonics, type Harmonics, radiusAt, readHarmonics } from "./outline.ts";

const harmonics = emptyHarmonics();

/**
 * Ids of the nuclei, 0 between them. A pixel belongs to a nucleus when the
 * centre of the full-resolution pixel in its middle lies inside the outline;
 * where outlines overlap, to the nucleus in which it lies relatively deeper.
 */
export function paintLabels(frame: Frame, bodies: Table): Uint32Array {
  const { size, scale } = frame;
  const ids = new Uint32Array(size * size);
  const depth = new Float32Array(size * size).fill(2);
  const v = bodies.values;
  // In the middle of an even number of pixels there is none: the next one is taken.
  const middle = scale === 1 ? 0.5 : scale / 2 + 0.5;
  for (let n = 0; n < bodies.count; n++) {
    const at = n * BODY_COLUMNS;
    const id = v[at + BODY.ID]!;
    if (id === 0) continue;
    readHarmonics(v, at, harmonics);
    const reach = bodyReach(v, at, harmonics.spread);
    const x = v[at + BODY.X]!;
    const y = v[at + BODY.Y]!;
    const i0 = Math.max(0, Math.ceil((x - reach - frame.originX - middle) / scale));
    const i1 = Math.min(size - 1, Math.floor((x + reach - frame.originX - middle) / scale));
    const j0 = Math.max(0, Math.ceil((y - reach - frame.originY - middle) / scale));
    const j1 = Math.min(size - 1, Math.floor((y + reach - frame.originY - middle) / scale));
    for (let j = j0; j <= j1; j++) {
      const dy = frame.originY + j * scale + middle - y;
      for (let i = i0; i <= i1; i++) {
        const p = j * size + i;
        const inside = relativeDepth(v, at, harmonics, frame.originX + i * scale + middle - x, dy);
        if (inside < 1 && inside < depth[p]!) {
          depth[p] = inside;
          ids[p] = id;
        }
      }
    }
  }
  return ids;
}

/** 0 in a body's centre, 1 on its outline, more outside; (dx, dy) from its centre. */
function relativeDepth(v: Float64Array, at: number, shape: Harmonics, dx: number, dy: number): number {
  const a = v[at + BODY.A]!;
  const cos = v[at + BODY.COS]!;
  const sin = v[at + BODY.SIN]!;
  const bend = v[at + BODY.BEND]!;
  const u = dx * cos + dy * sin;
  const w = dy * cos - dx * sin - bend * u * u + (bend * a * a) / 4;
  const nu = u / a;
  const nw = w / v[at + BODY.B]!;
  const rho = Math.sqrt(nu * nu + nw * nw);
  return rho === 0 ? 0 : rho / radiusAt(shape, nu / rho, nw / rho);
}
