import { KIND } from "./cell-table.ts";
import { hash2, nextHash, unit } from "./random.ts";
import { isInside, type Structure, VERTICES } from "./structures.ts";

/** Place of one cell in the wall of a crypt, gland or vessel. */
export interface WallPlace {
  readonly kind: number;
  readonly x: number;
  readonly y: number;
  /** Direction of the cell's long axis, radians. */
  readonly angle: number;
  readonly hash: number;
  readonly id: number;
}

interface Lining {
  readonly kind: number;
  /** Kind of the outer rows. */
  readonly coat: number;
  readonly rows: number;
  /** Along the wall, from cell to cell. */
  readonly spacing: number;
  /** No two cells are closer: in a bend of the wall there is room for fewer. */
  readonly room: number;
  /** Whether cells lie along the wall rather than across it. */
  readonly along: boolean;
}

function liningOf(s: Structure): Lining {
  if (s.kind === "crypt") {
    return { kind: KIND.EPITHELIUM, coat: KIND.EPITHELIUM, rows: 1, spacing: 23, room: 13, along: false };
  }
  if (s.kind === "tumour-gland") {
    return { kind: KIND.TUMOUR, coat: KIND.TUMOUR, rows: 2, spacing: 31, room: 23, along: false };
  }
  // A larger vessel has a coat around its lining.
  const rows = s.wall > 20 ? 3 : 1;
  return { kind: KIND.ENDOTHELIUM, coat: KIND.FIBROBLAST, rows, spacing: 52, room: 20, along: true };
}

/**
 * Cells at even distances along a structure's wall. Where outlines of `all`
 * overlap, one structure keeps its wall and the other is open.
 */
export function wallPlaces(s: Structure, all: readonly Structure[]): WallPlace[] {
  const { outline } = s;
  const lining = liningOf(s);
  const lengths = new Float64Array(VERTICES + 1);
  for (let v = 0; v < VERTICES; v++) {
    const w = (v + 1) % VERTICES;
    lengths[v + 1] =
      lengths[v]! + Math.hypot(outline[2 * w]! - outline[2 * v]!, outline[2 * w + 1]! - outline[2 * v + 1]!);
  }
  const around = lengths[VERTICES]!;
  const count = Math.max(5, Math.floor(around / lining.spacing));
  const stronger = all.filter(
    (t) => t !== s && t.hash > s.hash && Math.hypot(t.x - s.x, t.y - s.y) < t.reach + s.reach,
  );
  const places: WallPlace[] = [];
  let id = s.firstId;
  for (let row = 0; row < lining.rows; row++) {
    let segment = 0;
    for (let n = 0; n < count; n++) {
      const hash = hash2(s.hash, n, row);
      id += 2;
      const along = ((n + 0.5 * row + 0.32 * (unit(hash) - 0.5)) / count) * around;
      const at = ((along % around) + around) % around;
      if (at < lengths[segment]!) segment = 0;
      while (lengths[segment + 1]! < at) segment++;
      const v = segment;
      const w = (v + 1) % VERTICES;
      const t = (at - lengths[v]!) / (lengths[v + 1]! - lengths[v]!);
      const ex = outline[2 * w]! - outline[2 * v]!;
      const ey = outline[2 * w + 1]! - outline[2 * v + 1]!;
      const length = Math.hypot(ex, ey);
      // Outward normal of a counter-clockwise outline.
      const nx = ey / length;
      const ny = -ex / length;
      const h = nextHash(hash);
      const inward = s.wall * ((row + 0.5) / lining.rows + 0.12 * (unit(h) - 0.5));
      const x = outline[2 * v]! + t * ex - inward * nx;
      const y = outline[2 * v + 1]! + t * ey - inward * ny;
      if (tooClose(places, x, y, lining.room) || stronger.some((other) => isInside(other, x, y))) continue;
      const kind = row < lining.rows - 1 ? lining.coat : lining.kind;
      places.push({ kind, x, y, angle: Math.atan2(ny, nx) + (lining.along ? Math.PI / 2 : 0), hash: h, id });
    }
  }
  return places;
}

/** Share of a wall's places that bends and overlaps leave: measured over the slide. */
const KEPT = { crypt: 0.835, "tumour-gland": 0.621, vessel: 0.888 };

/** How many cells of a kind a wall has about, and how far inside the outline, row by row. */
export function expectedLining(s: Structure): { kind: number; cells: number; inward: number }[] {
  const lining = liningOf(s);
  let around = 0;
  for (let v = 0; v < VERTICES; v++) {
    const w = (v + 1) % VERTICES;
    around += Math.hypot(
      s.outline[2 * w]! - s.outline[2 * v]!,
      s.outline[2 * w + 1]! - s.outline[2 * v + 1]!,
    );
  }
  const cells = KEPT[s.kind] * Math.max(5, Math.floor(around / lining.spacing));
  return Array.from({ length: lining.rows }, (_, row) => ({
    kind: row < lining.rows - 1 ? lining.coat : lining.kind,
    cells,
    inward: (s.wall * (row + 0.5)) / lining.rows,
  }));
}

function tooClose(places: readonly WallPlace[], x: number, y: number, room: number): boolean {
  return places.some((place) => (place.x - x) ** 2 + (place.y - y) ** 2 < room * room);
}
