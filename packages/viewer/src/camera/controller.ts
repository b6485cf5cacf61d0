import { type ScreenPoint, screenPoint } from "@coscope/annotations/geometry";
import { osdMatrix } from "../render/osd-drawer.ts";
import { OpenSeadragon, type OsdTiledImage, type OsdViewport } from "../tiles/osd.ts";
import {
  type CameraState,
  homeCamera,
  interpolateCamera,
  type Size,
  sameCamera,
  wrapDegrees,
} from "./camera.ts";
import { type Affine, cameraMatrix, screenToImage } from "./transform.ts";

export interface CameraEvent {
  readonly camera: CameraState;
  /** A gesture or key of the person at this screen, rather than a call that follows someone. */
  readonly byUser: boolean;
}

interface Animation {
  readonly from: CameraState;
  readonly to: CameraState;
  readonly start: number;
  readonly ms: number;
}

/** Reads and moves OpenSeadragon's viewport in image coordinates. */
export class CameraController {
  readonly #osd: OpenSeadragon.Viewer;
  readonly #emit: (event: CameraEvent) => void;
  #animation: Animation | null = null;
  #request = 0;
  #cause: "user" | "program" = "program";
  #last: CameraState | null = null;

  constructor(osd: OpenSeadragon.Viewer, emit: (event: CameraEvent) => void) {
    this.#osd = osd;
    this.#emit = emit;
    for (const event of ["canvas-drag", "canvas-pinch", "canvas-drag-end"] as const) {
      osd.addHandler(event, () => this.byUser());
    }
  }

  get #viewport(): OsdViewport {
    return this.#osd.viewport as OsdViewport;
  }

  get #image(): OsdTiledImage | null {
    return (this.#osd.world.getItemAt(0) as OsdTiledImage | undefined) ?? null;
  }

  get #imageWidth(): number {
    return this.#image?.source.dimensions.x ?? 1;
  }

  /** CSS px. */
  size(): Size {
    const { x, y } = this.#viewport.getContainerSize();
    return { width: Math.max(1, x), height: Math.max(1, y) };
  }

  /** Image px → CSS px of what is on screen now. */
  matrix(): Affine {
    const image = this.#image;
    return image
      ? osdMatrix(this.#viewport, image)
      : cameraMatrix({ cx: 0, cy: 0, zoom: 1, rotation: 0 }, this.size());
  }

  get(): CameraState {
    const viewport = this.#viewport;
    const centre = viewport.getCenter(true);
    const width = this.#imageWidth;
    const camera = {
      cx: centre.x * width,
      cy: centre.y * width,
      zoom: (viewport.getZoom(true) * this.size().width) / width,
      rotation: wrapDegrees(viewport.getRotation(true)),
    };
    return viewport.getFlip() ? { ...camera, flip: true } : camera;
  }

  set(camera: CameraState, { animateMs = 0 }: { animateMs?: number } = {}): void {
    this.#cause = "program";
    this.#go(camera, animateMs);
  }

  #go(camera: CameraState, animateMs: number): void {
    this.#stop();
    if (!Object.values(camera).every((n) => typeof n === "boolean" || Number.isFinite(n)) || camera.zoom <= 0)
      return;
    if (animateMs <= 0) {
      this.#place(camera);
      return;
    }
    this.#animation = { from: this.get(), to: camera, start: performance.now(), ms: animateMs };
    this.#request = requestAnimationFrame(this.#step);
  }

  readonly #step = (now: number) => {
    const animation = this.#animation;
    if (!animation) return;
    const share = Math.max(0, Math.min(1, (now - animation.start) / animation.ms));
    // Ease in and out.
    this.#place(interpolateCamera(animation.from, animation.to, share * share * (3 - 2 * share)));
    if (share < 1) this.#request = requestAnimationFrame(this.#step);
    else this.#animation = null;
  };

  #stop(): void {
    cancelAnimationFrame(this.#request);
    this.#animation = null;
  }

  #place(camera: CameraState): void {
    const viewport = this.#viewport;
    const width = this.#imageWidth;
    viewport.zoomTo((camera.zoom * width) / this.size().width, undefined, true);
    viewport.panTo(new OpenSeadragon.Point(camera.cx / width, camera.cy / width), true);
    viewport.setRotation(camera.rotation, true);
    if (viewport.getFlip() !== (camera.flip ?? false)) viewport.setFlip(camera.flip ?? false);
    this.#osd.forceRedraw();
  }

  home(image: Size, animateMs: number): void {
    this.byUser();
    this.#go(homeCamera(image, this.size()), animateMs);
  }

  /** @param at the point of the canvas that stays where it is; the middle unless given */
  zoomBy(factor: number, at?: ScreenPoint): void {
    if (!this.#image || !Number.isFinite(factor) || factor <= 0) return;
    this.byUser();
    const { width, height } = this.size();
    const fixed = screenToImage(this.matrix(), at ?? screenPoint(width / 2, height / 2));
    const full = this.#imageWidth;
    this.#viewport.zoomBy(factor, new OpenSeadragon.Point(fixed.x / full, fixed.y / full));
    this.#viewport.applyConstraints();
  }

  /** Moves the view; the image moves the other way. CSS px. */
  panBy(dx: number, dy: number, immediately = false): void {
    if (!this.#image) return;
    this.byUser();
    const mirror = this.#viewport.getFlip() ? -1 : 1;
    const delta = this.#viewport.deltaPointsFromPixels(new OpenSeadragon.Point(mirror * dx, dy), true);
    this.#viewport.panBy(delta, immediately);
    if (!immediately) this.#viewport.applyConstraints();
  }

  /** Turns about the middle of the canvas, degrees clockwise on screen. */
  rotateBy(degrees: number): void {
    if (!this.#image || !Number.isFinite(degrees)) return;
    this.byUser();
    const camera = this.get();
    // Mirroring comes after the rotation: on screen it turns the other way.
    const turn = camera.flip ? -degrees : degrees;
    this.#place({ ...camera, rotation: wrapDegrees(camera.rotation + turn) });
  }

  setFlip(flip: boolean): void {
    if (!this.#image || this.#viewport.getFlip() === flip) return;
    this.byUser();
    this.#place({ ...this.get(), flip });
  }

  /** The person moved the view: said at once, before anything can move it back. */
  byUser(): void {
    this.#stop();
    if (this.#cause === "user") return;
    this.#cause = "user";
    this.#emit({ camera: this.get(), byUser: true });
  }

  /** Call after every frame. */
  afterFrame(): void {
    const camera = this.get();
    if (this.#last && sameCamera(this.#last, camera)) return;
    this.#last = camera;
    this.#emit({ camera, byUser: this.#cause === "user" });
  }

  destroy(): void {
    this.#stop();
  }
}
