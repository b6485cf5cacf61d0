import type { CameraState } from "@coscope/viewer";
import type { ImageBox } from "../tools/tool.ts";
import type { ViewSize } from "./follow-camera.ts";

/** A shape fills at most this share of the window, and at least the smaller one. */
const LARGEST_SHARE = 0.5;
const SMALLEST_CSS = 48;

/** The camera that shows a shape in the middle: at the present zoom, unless the shape is then too large or too small. */
export function cameraFor(box: ImageBox, now: CameraState, size: ViewSize): CameraState {
  const sidePx = Math.max(box.maxX - box.minX, box.maxY - box.minY);
  const centre = { cx: (box.minX + box.maxX) / 2, cy: (box.minY + box.maxY) / 2 };
  const windowCss = Math.min(size.width, size.height);
  if (sidePx === 0) return { ...now, ...centre };
  const most = (windowCss * LARGEST_SHARE) / sidePx;
  const least = SMALLEST_CSS / sidePx;
  return { ...now, ...centre, zoom: Math.min(most, Math.max(least, now.zoom)) };
}
