import type { Geometry } from "@coscope/annotations/geometry";
import type { Handle, XY } from "../tool.ts";

const ROTATE_OFFSET_CSS = 26;

/** Smallest side of a box in image px: a box cannot be dragged to nothing. */
const MIN_SIDE_PX = 1 / 64;

/** A rectangle or the box around an ellipse. `rotation` in radians clockwise about the centre. */
interface Box {
  readonly cx: number;
  readonly cy: number;
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
}

/** Corner signs in drawing order: top left, top right, bottom right, bottom left. */
const CORNERS = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
] as const;

/** Corners and a rotation handle of a rectangle or ellipse: ids `c<corner>` and `r`. null for other shapes. */
export function boxHandles(geometry: Geometry, zoom: number): Handle[] | null {
  const box = boxOf(geometry);
  if (!box) return null;
  const handles: Handle[] = CORNERS.map(([sx, sy], index) => ({
    id: `c${index}`,
    ...boxPoint(box, (sx * box.width) / 2, (sy * box.height) / 2),
    kind: "corner",
  }));
  handles.push({ id: "r", ...boxPoint(box, 0, -box.height / 2 - ROTATE_OFFSET_CSS / zoom), kind: "rotate" });
  return handles;
}

/** After one of them was dragged to a point. `keep`: the sides keep their proportion, a rotation goes in steps of 15°. */
export function dragBoxHandle(geometry: Geometry, handleId: string, to: XY, keep: boolean): Geometry {
  const box = boxOf(geometry);
  if (!box) return geometry;
  if (handleId === "r") return fromBox(geometry, { ...box, rotation: rotationTo(box, to, keep) });
  return fromBox(geometry, dragCorner(box, Number(handleId.slice(1)), to, keep));
}

function dragCorner(box: Box, corner: number, to: XY, keep: boolean): Box {
  const [sx, sy] = CORNERS[corner]!;
  const fixed = boxPoint(box, (-sx * box.width) / 2, (-sy * box.height) / 2);
  // The drag in the box's own frame, so that a turned box keeps its rotation.
  const cos = Math.cos(box.rotation);
  const sin = Math.sin(box.rotation);
  const dx = to.x - fixed.x;
  const dy = to.y - fixed.y;
  let u = dx * cos + dy * sin;
  let v = -dx * sin + dy * cos;
  if (keep) {
    const scale = Math.max(Math.abs(u) / box.width, Math.abs(v) / box.height);
    u = (u < 0 ? -1 : 1) * scale * box.width;
    v = (v < 0 ? -1 : 1) * scale * box.height;
  }
  if (Math.abs(u) < MIN_SIDE_PX) u = sx * MIN_SIDE_PX;
  if (Math.abs(v) < MIN_SIDE_PX) v = sy * MIN_SIDE_PX;
  return {
    cx: fixed.x + (u * cos - v * sin) / 2,
    cy: fixed.y + (u * sin + v * cos) / 2,
    width: Math.abs(u),
    height: Math.abs(v),
    rotation: box.rotation,
  };
}

function rotationTo(box: Box, to: XY, steps: boolean): number {
  const angle = Math.atan2(to.y - box.cy, to.x - box.cx) + Math.PI / 2;
  const step = Math.PI / 12;
  const turned = steps ? Math.round(angle / step) * step : angle;
  return Math.atan2(Math.sin(turned), Math.cos(turned));
}

function boxOf(geometry: Geometry): Box | null {
  if (geometry.kind === "rectangle") {
    const { x, y, width, height, rotation } = geometry;
    return { cx: x + width / 2, cy: y + height / 2, width, height, rotation };
  }
  if (geometry.kind === "ellipse") {
    const { cx, cy, rx, ry, rotation } = geometry;
    return { cx, cy, width: 2 * rx, height: 2 * ry, rotation };
  }
  return null;
}

function fromBox(geometry: Geometry, box: Box): Geometry {
  const { cx, cy, width, height, rotation } = box;
  if (geometry.kind === "ellipse") {
    return { ...geometry, cx, cy, rx: width / 2, ry: height / 2, rotation };
  }
  const { plane } = geometry;
  return { kind: "rectangle", plane, x: cx - width / 2, y: cy - height / 2, width, height, rotation };
}

function boxPoint(box: Box, u: number, v: number): XY {
  const cos = Math.cos(box.rotation);
  const sin = Math.sin(box.rotation);
  return { x: box.cx + u * cos - v * sin, y: box.cy + u * sin + v * cos };
}
