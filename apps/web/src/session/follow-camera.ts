import type { SharedView } from "@coscope/annotations/presence";
import type { CameraState } from "@coscope/viewer";
import { type Damped, dampTowards } from "./damp.ts";

/** Long enough to bridge 10 views a second, short enough to feel attached. */
const SMOOTH_S = 0.18;

/** CSS px. */
export interface ViewSize {
  readonly width: number;
  readonly height: number;
}

/** Where somebody looks, or looked, and in a window of which size. */
export type SeenView = Pick<SharedView, "cx" | "cy" | "zoom" | "rotation" | "flip" | "width" | "height">;

/**
 * The camera with which a window of this size sees at least what the leader sees: same centre and rotation,
 * zoomed out as far as the tighter of both sides asks for.
 */
export function cameraToSeeAll(view: SeenView, size: ViewSize): CameraState {
  const fit = Math.min(size.width / view.width, size.height / view.height);
  const { cx, cy, rotation, flip = false } = view;
  return { cx, cy, zoom: view.zoom * fit, rotation, flip };
}

/** Moves a camera smoothly after a target that arrives about ten times a second. */
export interface CameraChase {
  aim(target: CameraState): void;
  /** The camera `dtS` seconds later; `settled` when it has arrived and nothing more will change. */
  step(dtS: number): { camera: CameraState; settled: boolean };
}

export function createCameraChase(start: CameraState): CameraChase {
  // Zoom runs in its logarithm, so that zooming looks equally fast at every scale.
  let cx: Damped = { value: start.cx, speed: 0 };
  let cy: Damped = { value: start.cy, speed: 0 };
  let zoom: Damped = { value: Math.log(start.zoom), speed: 0 };
  let rotation: Damped = { value: start.rotation, speed: 0 };
  let target = start;
  return {
    aim(next) {
      target = next;
    },
    step(dtS) {
      const turn = shortestTurn(rotation.value, target.rotation);
      cx = dampTowards(cx, target.cx, SMOOTH_S, dtS);
      cy = dampTowards(cy, target.cy, SMOOTH_S, dtS);
      zoom = dampTowards(zoom, Math.log(target.zoom), SMOOTH_S, dtS);
      rotation = dampTowards(rotation, rotation.value + turn, SMOOTH_S, dtS);
      const camera = {
        cx: cx.value,
        cy: cy.value,
        zoom: Math.exp(zoom.value),
        rotation: positiveDegrees(rotation.value),
        // There is nothing between mirrored and not.
        ...(target.flip === undefined ? {} : { flip: target.flip }),
      };
      const offCss = Math.hypot(camera.cx - target.cx, camera.cy - target.cy) * target.zoom;
      const settled =
        offCss < 0.1 &&
        Math.abs(zoom.value - Math.log(target.zoom)) < 1e-4 &&
        Math.abs(shortestTurn(camera.rotation, target.rotation)) < 0.02;
      if (!settled) return { camera, settled };
      cx = { value: target.cx, speed: 0 };
      cy = { value: target.cy, speed: 0 };
      zoom = { value: Math.log(target.zoom), speed: 0 };
      rotation = { value: target.rotation, speed: 0 };
      return { camera: target, settled };
    },
  };
}

/** Degrees from one rotation to another, -180 to 180. */
export function shortestTurn(from: number, to: number): number {
  return ((((to - from) % 360) + 540) % 360) - 180;
}

function positiveDegrees(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}
