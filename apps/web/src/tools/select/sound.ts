import type { Geometry, Ring } from "@coscope/annotations/geometry";

type Edge = readonly [ax: number, ay: number, bx: number, by: number];

/** Comparisons of edges at once; beyond, fewer corners must be moved. */
const MOST_COMPARISONS = 3e8;

/**
 * Why an edit of corners makes no sound polygon, as a person is told; null where it does. Only edges that are new
 * are looked at. A shape that crossed itself before may stay so: it must be possible to mend it.
 */
export function whyUnsound(before: Geometry, after: Geometry): string | null {
  if (after.kind !== "polygon" || before.kind !== "polygon") return null;
  const old = edgesOf(before.parts);
  const now = edgesOf(after.parts);
  const known = new Set(old.map(String));
  const fresh = now.filter((edge) => !known.has(String(edge)));
  if (fresh.length * now.length > MOST_COMPARISONS) return "These are too many corners at once.";
  if (crosses(fresh, now)) {
    const left = new Set(now.map(String));
    const gone = old.filter((edge) => !left.has(String(edge)));
    return crosses(gone, old) ? null : "The outline would cross itself.";
  }
  return nesting(after.parts) && !nesting(before.parts) ? nesting(after.parts) : null;
}

function edgesOf(parts: readonly (readonly Ring[])[]): Edge[] {
  const edges: Edge[] = [];
  for (const rings of parts)
    for (const ring of rings)
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
        edges.push([ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!]);
  return edges;
}

function crosses(some: readonly Edge[], all: readonly Edge[]): boolean {
  return some.some((e) => {
    const [minX, maxX] = e[0] < e[2] ? [e[0], e[2]] : [e[2], e[0]];
    const [minY, maxY] = e[1] < e[3] ? [e[1], e[3]] : [e[3], e[1]];
    return all.some((f) => {
      if ((f[0] < minX && f[2] < minX) || (f[0] > maxX && f[2] > maxX)) return false;
      if ((f[1] < minY && f[3] < minY) || (f[1] > maxY && f[3] > maxY)) return false;
      return meet(e, f);
    });
  });
}

/** Whether two edges touch anywhere but in an end that they share. */
function meet(e: Edge, f: Edge): boolean {
  const [ax, ay, bx, by] = e;
  const [cx, cy, dx, dy] = f;
  if ((ax === bx && ay === by) || (cx === dx && cy === dy)) return false;
  if (ax === cx && ay === cy && bx === dx && by === dy) return false;
  // In a ring one edge ends where the next begins: only turning straight back is a fault there.
  if (bx === cx && by === cy) return turnsBack(ax, ay, bx, by, dx, dy);
  if (dx === ax && dy === ay) return turnsBack(cx, cy, dx, dy, bx, by);
  const c = side(e, cx, cy);
  const d = side(e, dx, dy);
  const a = side(f, ax, ay);
  const b = side(f, bx, by);
  if (c * d < 0 && a * b < 0) return true;
  return (
    (c === 0 && within(e, cx, cy)) ||
    (d === 0 && within(e, dx, dy)) ||
    (a === 0 && within(f, ax, ay)) ||
    (b === 0 && within(f, bx, by))
  );
}

function turnsBack(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): boolean {
  const [ux, uy, vx, vy] = [bx - ax, by - ay, cx - bx, cy - by];
  return ux * vy - uy * vx === 0 && ux * vx + uy * vy < 0;
}

const side = ([ax, ay, bx, by]: Edge, x: number, y: number): number =>
  Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax));

const within = ([ax, ay, bx, by]: Edge, x: number, y: number): boolean =>
  x >= Math.min(ax, bx) && x <= Math.max(ax, bx) && y >= Math.min(ay, by) && y <= Math.max(ay, by);

/** Rings that do not cross lie in or beside each other: one vertex of each says which. */
function nesting(parts: readonly (readonly Ring[])[]): string | null {
  if (parts.length === 1 && parts[0]!.length === 1) return null;
  for (const [outline, ...holes] of parts) {
    for (const hole of holes) {
      if (!contains(outline!, hole)) return "A hole would lie outside of its area.";
      if (holes.some((other) => other !== hole && contains(other, hole)))
        return "One hole would lie inside another.";
    }
    for (const [other, ...otherHoles] of parts) {
      if (other === outline || !contains(other!, outline!)) continue;
      if (!otherHoles.some((hole) => contains(hole, outline!)))
        return "One part of the shape would lie inside another.";
    }
  }
  return null;
}

/** Even-odd, by the first vertex. */
function contains(ring: Ring, inner: Ring): boolean {
  const [x, y] = [inner[0]!, inner[1]!];
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const [ax, ay, bx, by] = [ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
