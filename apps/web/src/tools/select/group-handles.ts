import type { Geometry } from "@coscope/annotations/geometry";
import { type Affine, rotation, scaling } from "@coscope/annotations/transform";
import type { Handle, ImageBox, Target, XY } from "../tool.ts";

/** How far outside of the bounds the corners lie: they must not cover the shape's own. CSS px. */
const PAD_CSS = 12;
const ROTATE_OFFSET_CSS = 24;
const STEP = Math.PI / 12;
/** Nothing is made smaller than this share of itself at once: it would be gone for good. */
const LEAST_SCALE = 0.01;

const CORNERS = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
] as const;

/** Around everything that is turned and resized together. null where there is nothing to be turned. */
export function groupBox(targets: readonly Target[]): ImageBox | null {
  const [first] = targets;
  if (!first || (targets.length === 1 && !isFree(first.annotation.geometry))) return null;
  let { minX, minY, maxX, maxY } = first.annotation.bounds;
  for (const { annotation } of targets) {
    const { bounds } = annotation;
    minX = Math.min(minX, bounds.minX);
    minY = Math.min(minY, bounds.minY);
    maxX = Math.max(maxX, bounds.maxX);
    maxY = Math.max(maxY, bounds.maxY);
  }
  return { minX, minY, maxX, maxY };
}

/** Rectangles and ellipses have handles of their own; a point cannot be turned. */
function isFree({ kind }: Geometry): boolean {
  return kind === "polygon" || kind === "polyline";
}

/** The box whose corners the handles lie on: a little larger. */
export function groupFrame({ minX, minY, maxX, maxY }: ImageBox, zoom: number): ImageBox {
  const pad = PAD_CSS / zoom;
  return { minX: minX - pad, minY: minY - pad, maxX: maxX + pad, maxY: maxY + pad };
}

/** Corners `s<corner>` that resize, and `t` that turns. */
export function groupHandles(box: ImageBox, zoom: number): Handle[] {
  const frame = groupFrame(box, zoom);
  const handles: Handle[] = CORNERS.map((_, index) => ({
    id: `s${index}`,
    ...cornerOf(frame, index),
    kind: "corner",
  }));
  const x = (box.minX + box.maxX) / 2;
  handles.push({ id: "t", x, y: frame.minY - ROTATE_OFFSET_CSS / zoom, kind: "rotate" });
  return handles;
}

function cornerOf(box: ImageBox, index: number): XY {
  const [sx, sy] = CORNERS[index]!;
  return { x: sx < 0 ? box.minX : box.maxX, y: sy < 0 ? box.minY : box.maxY };
}

/** What dragging a handle by (`dx`, `dy`) does. `keep`: proportions stay; a rotation goes in steps of 15°. */
export function groupTransform(
  box: ImageBox,
  handle: Handle,
  { dx, dy }: { readonly dx: number; readonly dy: number },
  keep: boolean,
): Affine {
  if (handle.id === "t") {
    const [cx, cy] = [(box.minX + box.maxX) / 2, (box.minY + box.maxY) / 2];
    const angle =
      Math.atan2(handle.y + dy - cy, handle.x + dx - cx) - Math.atan2(handle.y - cy, handle.x - cx);
    return rotation(keep ? Math.round(angle / STEP) * STEP : angle, cx, cy);
  }
  const index = Number(handle.id.slice(1));
  const corner = cornerOf(box, index);
  const fixed = cornerOf(box, (index + 2) % 4);
  let sx = factor(corner.x + dx - fixed.x, corner.x - fixed.x);
  let sy = factor(corner.y + dy - fixed.y, corner.y - fixed.y);
  if (keep) {
    sx = Math.max(sx, sy, LEAST_SCALE);
    sy = sx;
  }
  return scaling(sx, sy, fixed.x, fixed.y);
}

/** Beyond the fixed corner it is mirrored; a side of no length stays. */
function factor(now: number, before: number): number {
  if (before === 0) return 1;
  const scale = now / before;
  return Math.abs(scale) < LEAST_SCALE ? (scale < 0 ? -LEAST_SCALE : LEAST_SCALE) : scale;
}
