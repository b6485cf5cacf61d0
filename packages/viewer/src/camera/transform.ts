import {
  type ImagePoint,
  type ImageRect,
  imagePoint,
  type ScreenPoint,
  screenPoint,
  type ViewPoint,
  viewPoint,
} from "@coscope/annotations/geometry";
import type { CameraState, Size } from "./camera.ts";

/**
 * An affine map: x' = a·x + c·y + e, y' = b·x + d·y + f. Kept in doubles: at
 * 64 CSS px per image px on a gigapixel image, floats are off by pixels.
 */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

/** Image px → CSS px from the canvas's top-left corner. */
export function cameraMatrix(camera: CameraState, canvas: Size): Affine {
  const angle = (camera.rotation * Math.PI) / 180;
  const cos = Math.cos(angle) * camera.zoom;
  const sin = Math.sin(angle) * camera.zoom;
  const mirror = camera.flip ? -1 : 1;
  return {
    a: mirror * cos,
    b: sin,
    c: mirror * -sin,
    d: cos,
    e: canvas.width / 2 - mirror * (cos * camera.cx - sin * camera.cy),
    f: canvas.height / 2 - (sin * camera.cx + cos * camera.cy),
  };
}

export function applyAffine(m: Affine, x: number, y: number): { x: number; y: number } {
  return { x: m.a * x + m.c * y + m.e, y: m.b * x + m.d * y + m.f };
}

/** A camera's matrix always has an inverse: zoom is never 0. */
export function invertAffine(m: Affine): Affine {
  const det = m.a * m.d - m.b * m.c;
  const a = m.d / det;
  const b = -m.b / det;
  const c = -m.c / det;
  const d = m.a / det;
  return { a, b, c, d, e: -(a * m.e + c * m.f), f: -(b * m.e + d * m.f) };
}

export function imageToScreen(m: Affine, p: ImagePoint): ScreenPoint {
  const { x, y } = applyAffine(m, p.x, p.y);
  return screenPoint(x, y);
}

export function screenToImage(m: Affine, p: ScreenPoint): ImagePoint {
  const det = m.a * m.d - m.b * m.c;
  const x = p.x - m.e;
  const y = p.y - m.f;
  return imagePoint((m.d * x - m.c * y) / det, (m.a * y - m.b * x) / det);
}

/** View space: the image is 1 wide (OpenSeadragon's viewport coordinates). */
export function imageToView(imageWidth: number, p: ImagePoint): ViewPoint {
  return viewPoint(p.x / imageWidth, p.y / imageWidth);
}

export function viewToImage(imageWidth: number, p: ViewPoint): ImagePoint {
  return imagePoint(p.x * imageWidth, p.y * imageWidth);
}

/** CSS px per image px. */
export function zoomOf(m: Affine): number {
  return Math.hypot(m.a, m.b);
}

/** The axis-aligned part of image space that covers the canvas. */
export function visibleRect(m: Affine, canvas: Size): ImageRect {
  const corners = [
    [0, 0],
    [canvas.width, 0],
    [0, canvas.height],
    [canvas.width, canvas.height],
  ].map(([x, y]) => screenToImage(m, screenPoint(x!, y!)));
  const xs = corners.map((corner) => corner.x);
  const ys = corners.map((corner) => corner.y);
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}
