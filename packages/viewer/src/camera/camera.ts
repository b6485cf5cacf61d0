/** Where one looks: shared with colleagues and kept in links. */
export interface CameraState {
  /** Image point in the middle of the canvas, px. */
  readonly cx: number;
  readonly cy: number;
  /** CSS px per image px. */
  readonly zoom: number;
  /** Degrees clockwise. */
  readonly rotation: number;
  /** Mirrored left to right on screen, after rotation. */
  readonly flip?: boolean;
}

/** CSS px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The camera that shows the whole image with a margin, a share of the canvas. */
export function homeCamera(image: Size, canvas: Size, margin = 0.04): CameraState {
  const room = 1 - 2 * margin;
  const zoom = Math.min((canvas.width * room) / image.width, (canvas.height * room) / image.height);
  return {
    cx: image.width / 2,
    cy: image.height / 2,
    zoom: Number.isFinite(zoom) && zoom > 0 ? zoom : 1,
    rotation: 0,
  };
}

/** Largest CSS px per image px: beyond it there is nothing more to see. */
export const MAX_ZOOM = 64;

/** Degrees in (-180, 180]. */
export function wrapDegrees(degrees: number): number {
  const wrapped = ((degrees % 360) + 360) % 360;
  return wrapped > 180 ? wrapped - 360 : wrapped;
}

/**
 * A camera on the way between two: the zoom changes by equal factors and the
 * rotation the short way round.
 * @param share 0 is `from`, 1 is `to`
 */
export function interpolateCamera(from: CameraState, to: CameraState, share: number): CameraState {
  if (share >= 1) return to;
  const turn = wrapDegrees(to.rotation - from.rotation);
  const zoom = from.zoom * (to.zoom / from.zoom) ** share;
  // The centre moves with what is seen: linearly on screen, hence by the zoom's own progress when zooming.
  const ratio = to.zoom / from.zoom;
  const along = Math.abs(ratio - 1) < 1e-6 ? share : (1 - ratio ** -share) / (1 - 1 / ratio);
  return {
    cx: from.cx + (to.cx - from.cx) * along,
    cy: from.cy + (to.cy - from.cy) * along,
    zoom,
    rotation: from.rotation + turn * share,
    ...(to.flip === undefined ? {} : { flip: to.flip }),
  };
}

/** The least zoomed-in camera that shows everything another person's view shows. */
export function cameraCovering(
  theirs: CameraState & { readonly width: number; readonly height: number },
  canvas: Size,
): CameraState {
  const { width, height, cx, cy, rotation, flip } = theirs;
  const shrink = Math.min(canvas.width / Math.max(1, width), canvas.height / Math.max(1, height));
  return { cx, cy, rotation, zoom: theirs.zoom * shrink, ...(flip === undefined ? {} : { flip }) };
}

export function sameCamera(a: CameraState, b: CameraState): boolean {
  return (
    a.cx === b.cx &&
    a.cy === b.cy &&
    a.zoom === b.zoom &&
    a.rotation === b.rotation &&
    (a.flip ?? false) === (b.flip ?? false)
  );
}
