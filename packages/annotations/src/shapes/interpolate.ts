import { boundsOf, type Geometry, type Plane, type PolygonGeometry } from "../geometry/index.ts";
import { partsOfMask } from "./contours.ts";
import { ShapeError } from "./errors.ts";
import { type PixelMask, rasterise } from "./mask.ts";
import { measureShape } from "./measures.ts";
import { cleanParts } from "./overlay.ts";
import { type Parts, partsOf } from "./parts.ts";
import { simplify } from "./reshape.ts";
import { transformGeometry } from "./transform.ts";

/** Cells along the longer side of what is interpolated: the resolution of the result. */
const CELLS = 256;

/**
 * The shape between two, for the planes between theirs: signed distances of both, centred on each other, blended at
 * `share` (0: a, 1: b). Null where the two have nothing in between (a thin shape that vanishes).
 */
export function interpolateShapes(
  a: Geometry,
  b: Geometry,
  share: number,
  plane: Plane,
): PolygonGeometry | null {
  if (!(share >= 0 && share <= 1)) throw new ShapeError("bad-argument", "a share from 0 to 1", `${share}`);
  const [from, to] = [measureShape(a).centroid, measureShape(b).centroid];
  const [cx, cy] = [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share];
  const boxes = [boundsOf(a), boundsOf(b)].map(({ minX, minY, maxX, maxY }, i) => {
    const at = i === 0 ? from : to;
    return { minX: minX - at.x, minY: minY - at.y, maxX: maxX - at.x, maxY: maxY - at.y };
  });
  const reach = Math.max(...boxes.flatMap((box) => [-box.minX, -box.minY, box.maxX, box.maxY]));
  const cell = Math.max((2 * reach) / CELLS, 1 / 16);
  // Two cells of margin: the outline stays inside the window.
  const half = Math.ceil(reach / cell) + 2;
  const window = { x: 0, y: 0, width: 2 * half, height: 2 * half };
  const fields = [a, b].map((g, i) => {
    const at = i === 0 ? from : to;
    const placed = transformGeometry({ kind: "polygon", plane, parts: cleanParts(partsOf(g)) }, [
      1 / cell,
      0,
      0,
      1 / cell,
      half - at.x / cell,
      half - at.y / cell,
    ]);
    return signedDistances(rasterise((placed as PolygonGeometry).parts, window));
  });
  const data = new Uint8Array(window.width * window.height);
  for (let i = 0; i < data.length; i++)
    data[i] = fields[0]![i]! * (1 - share) + fields[1]![i]! * share < 0 ? 1 : 0;
  const parts: Parts = partsOfMask({ ...window, data });
  if (parts.length === 0) return null;
  const raw = transformGeometry({ kind: "polygon", plane, parts }, [
    cell,
    0,
    0,
    cell,
    cx - half * cell,
    cy - half * cell,
  ]);
  // The steps of the cells go; what is left of the shape is within one cell.
  return simplify(raw, cell * 0.75) as PolygonGeometry | null;
}

/** Distance of each cell's centre to the outline, below 0 inside, in cells (to within half a cell). */
export function signedDistances(mask: PixelMask): Float32Array {
  const inside = squaredDistances(mask, 1);
  const outside = squaredDistances(mask, 0);
  return inside.map((toInside, i) =>
    mask.data[i] ? 0.5 - Math.sqrt(outside[i]!) : Math.sqrt(toInside) - 0.5,
  );
}

/** Squared distance of each cell to the nearest of this value (Felzenszwalb and Huttenlocher): exact, linear. */
function squaredDistances({ width, height, data }: PixelMask, value: 0 | 1): Float32Array {
  const far = 1e10;
  const field = new Float32Array(width * height);
  for (let i = 0; i < field.length; i++) field[i] = data[i] === value ? 0 : far;
  const size = Math.max(width, height);
  const line = new Float64Array(size);
  const place = new Int32Array(size);
  const edge = new Float64Array(size + 1);
  const pass = (start: number, step: number, count: number): void => {
    for (let i = 0; i < count; i++) line[i] = field[start + i * step]!;
    let k = 0;
    place[0] = 0;
    edge[0] = -Infinity;
    edge[1] = Infinity;
    for (let q = 1; q < count; q++) {
      let s = meet(q, place[k]!);
      while (s <= edge[k]!) s = meet(q, place[--k]!);
      place[++k] = q;
      edge[k] = s;
      edge[k + 1] = Infinity;
    }
    k = 0;
    for (let q = 0; q < count; q++) {
      while (edge[k + 1]! < q) k++;
      field[start + q * step] = (q - place[k]!) ** 2 + line[place[k]!]!;
    }
  };
  const meet = (q: number, p: number): number => (line[q]! + q * q - (line[p]! + p * p)) / (2 * (q - p));
  for (let x = 0; x < width; x++) pass(x, width, height);
  for (let y = 0; y < height; y++) pass(y * width, 1, width);
  return field;
}
