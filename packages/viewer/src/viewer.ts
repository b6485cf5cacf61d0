import type { Geometry, ImagePoint, ImageRect, ScreenPoint } from "@coscope/annotations/geometry";
import type { CameraState, Size } from "./camera/camera.ts";
import { CameraController, type CameraEvent } from "./camera/controller.ts";
import { imageToScreen, screenToImage, visibleRect, zoomOf } from "./camera/transform.ts";
import { isAbort, ViewerError } from "./errors.ts";
import { Emitter } from "./events.ts";
import { valuesAt, visiblePixels } from "./measure.ts";
import { CursorLayer, type CursorMark } from "./overlay/cursors.ts";
import { type ScaleBar, scaleBarFor } from "./overlay/scale-bar.ts";
import { type PointerInfo, PointerRouter } from "./pointer.ts";
import type { HandleMark, Shape } from "./render/annotations/interactive.ts";
import { AnnotationPass } from "./render/annotations/pass.ts";
import { type AnnotationScene, Scene } from "./render/annotations/scene.ts";
import { createDrawerClass } from "./render/osd-drawer.ts";
import { Renderer } from "./render/renderer.ts";
import { type ChannelSettings, measuredChannelSettings } from "./source/channels.ts";
import type { ImageSource } from "./source/image-source.ts";
import { type Histogram, histogramOf, percentileWindow } from "./source/percentiles.ts";
import { ImageLayer } from "./tiles/image-layer.ts";
import type { SourceStats } from "./tiles/main.ts";
import { OpenSeadragon, prepareOsd } from "./tiles/osd.ts";
import type { PlaneIndex } from "./tiles/raw-tile.ts";

export interface ViewerEvents {
  camera: CameraEvent;
  plane: PlaneIndex;
  channels: readonly ChannelSettings[];
  "tile-error": { readonly error: unknown };
  /** After each drawn frame. */
  frame: undefined;
  "webgl-lost": undefined;
  "webgl-restored": undefined;
  pointer: PointerInfo;
  /** All that the view needs is on screen, after it was not. */
  ready: undefined;
}

export interface GhostMark {
  readonly id: string;
  readonly geometry: Geometry;
  /** 0xRRGGBB */
  readonly color: number;
  readonly label?: string;
  readonly dashed?: boolean;
}

/** Things redrawn often: colleagues, and the gesture in progress. Image px throughout. */
export interface ViewerOverlay {
  setCursors(cursors: readonly CursorMark[]): void;
  setHandles(handles: readonly HandleMark[]): void;
  setGhosts(ghosts: readonly GhostMark[]): void;
  setDraft(geometry: Geometry | null, color?: number): void;
  /** As `setDraft`, for gestures that change several annotations at once. */
  setDrafts(drafts: readonly Shape[]): void;
  setMarquee(box: ImageRect | null): void;
}

export interface ViewerStats {
  /** Of the source, since `resetStats`: network requests, decoded chunks. */
  readonly requests: number;
  readonly decodes: number;
  /** Textures made or remade. */
  readonly uploads: number;
  readonly frames: number;
  readonly textures: { readonly tiles: number; readonly bytes: number };
  readonly annotationBinsBuilt: number;
  /** Main-thread milliseconds of our part of each of the last frames. */
  readonly jsMsPerFrame: readonly number[];
}

export interface OpenInit {
  readonly camera?: CameraState;
  readonly plane?: PlaneIndex;
  readonly channels?: readonly ChannelSettings[];
}

export interface Viewer {
  open(source: ImageSource, init?: OpenInit): Promise<void>;
  readonly source: ImageSource | null;
  camera(): CameraState;
  setCamera(camera: CameraState, options?: { animateMs?: number }): void;
  home(): void;
  zoomBy(factor: number, at?: ScreenPoint): void;
  panBy(dxCss: number, dyCss: number): void;
  imageToScreen(point: ImagePoint): ScreenPoint;
  screenToImage(point: ScreenPoint): ImagePoint;
  /** Of the canvas, CSS px. */
  size(): Size;
  /** The axis-aligned part of the image that covers the canvas, image px. */
  visibleRect(): ImageRect;
  setPlane(plane: PlaneIndex): Promise<void>;
  plane(): PlaneIndex;
  setChannels(settings: readonly ChannelSettings[]): void;
  channels(): readonly ChannelSettings[];
  on<Name extends keyof ViewerEvents>(
    event: Name,
    listener: (payload: ViewerEvents[Name]) => void,
  ): () => void;
  readonly annotations: AnnotationScene;
  readonly overlay: ViewerOverlay;
  histogram(channel: number, bins?: number): Promise<Histogram>;
  autoContrast(
    channel: number,
    percent?: { readonly low?: number; readonly high?: number },
  ): Promise<{ min: number; max: number }>;
  pixelAt(point: ImagePoint): (number | null)[];
  scaleBar(): ScaleBar | null;
  /** Resolves when all that the view needs is on screen. */
  whenReady(): Promise<void>;
  stats(): ViewerStats;
  resetStats(): void;
  screenshot(): Promise<Blob>;
  destroy(): void;
}

export interface ViewerOptions {
  /** Tiles read at once. */
  readonly parallelTiles?: number;
  /** Decoded pixels and textures kept, bytes, about. */
  readonly cacheBytes?: number;
}

const HOME_MS = 250;
const CACHE_BYTES = 640 * 2 ** 20;
const DRAFT_COLOR = 0xffffff;

/**
 * Puts a viewer into an element, which it fills.
 * @throws ViewerError "webgl2-missing"
 */
export function createViewer(element: HTMLElement, options: ViewerOptions = {}): Viewer {
  prepareOsd();
  const events = new Emitter<ViewerEvents>();
  let layer: ImageLayer | null = null;
  let source: ImageSource | null = null;
  let settings: readonly ChannelSettings[] = [];
  let opening = 0;
  let ready = false;
  let destroyed = false;
  let baseline = { requests: 0, decodes: 0, uploads: 0 };

  const renderer = new Renderer({
    lost: () => events.emit("webgl-lost", undefined),
    restored: () => events.emit("webgl-restored", undefined),
    redraw: () => redraw(),
  });
  const osd = new OpenSeadragon.Viewer({
    element,
    drawer: createDrawerClass(renderer) as never,
    showNavigationControl: false,
    showNavigator: false,
    keyboardNavEnabled: false,
    tabIndex: -1,
    // A person's own hand should feel direct; longer glides are for following.
    animationTime: 0.35,
    springStiffness: 9,
    immediateRender: true,
    blendTime: 0,
    imageLoaderLimit: options.parallelTiles ?? 12,
    maxTilesPerFrame: 24,
    tileRetryMax: 0,
    // Requests have their own limits; OpenSeadragon's would kill the tile for good.
    timeout: 3_600_000,
    minZoomImageRatio: 0.5,
    maxZoomPixelRatio: 64,
    visibilityRatio: 0.15,
    preserveImageSizeOnResize: true,
    gestureSettingsMouse: {
      clickToZoom: false,
      dblClickToZoom: false,
      scrollToZoom: false,
      flickEnabled: false,
    },
    gestureSettingsPen: {
      clickToZoom: false,
      dblClickToZoom: false,
      scrollToZoom: false,
      flickEnabled: false,
    },
    gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: false, dblClickDragToZoom: false },
    gestureSettingsUnknown: { clickToZoom: false, dblClickToZoom: false, dblClickDragToZoom: false },
  } as OpenSeadragon.Options);
  const redraw = () => {
    if (destroyed) return;
    osd.forceRedraw();
    // Asked for in the middle of a frame, OpenSeadragon forgets it at the frame's end.
    queueMicrotask(() => {
      if (!destroyed) osd.forceRedraw();
    });
  };

  const camera = new CameraController(osd, (event) => events.emit("camera", event));
  const scene = new Scene({
    screenToImage: (point) => screenToImage(camera.matrix(), point),
    zoom: () => zoomOf(camera.matrix()),
    redraw,
  });
  const annotationPass = new AnnotationPass(renderer.gl, scene, redraw);
  renderer.addPass(annotationPass);

  const surface = osd.canvas as HTMLElement;
  const overlayRoot = document.createElement("div");
  overlayRoot.dataset["part"] = "overlay";
  Object.assign(overlayRoot.style, {
    position: "absolute",
    inset: "0",
    overflow: "hidden",
    pointerEvents: "none",
  });
  (osd.container as HTMLElement).append(overlayRoot);
  const cursors = new CursorLayer(overlayRoot);

  const pointers = new PointerRouter({
    element,
    surface,
    screenToImage: (point) => screenToImage(camera.matrix(), point),
    emit: (info) => events.emit("pointer", info),
    zoomBy: (factor, at) => camera.zoomBy(factor, at),
    panBy: (dx, dy) => camera.panBy(dx, dy, true),
  });

  osd.addHandler("update-viewport", () => {
    layer?.afterFrame();
    camera.afterFrame();
    cursors.place(camera.matrix());
    events.emit("frame", undefined);
    const complete = layer?.complete ?? false;
    if (complete && !ready) events.emit("ready", undefined);
    ready = complete;
  });
  function applyChannels(next: readonly ChannelSettings[]): void {
    settings = next;
    renderer.setChannels(next);
    events.emit("channels", next);
    redraw();
  }

  function closeImage(): void {
    layer?.close();
    layer = null;
    source = null;
    ready = false;
    renderer.setSource(null, null);
  }

  function requireSource(): ImageSource {
    if (source) return source;
    throw new ViewerError("not-open", "No image is open in this viewer.", "Open one first.");
  }

  async function pixelsOf(channel: number) {
    const image = requireSource();
    const view = visibleRect(camera.matrix(), camera.size());
    const raws = renderer.drawn.map(({ raw }) => raw);
    const visible = visiblePixels(raws, image, layer!.slots, channel, view);
    if (visible.some((plane) => plane.length > 0)) return visible;
    // A hidden channel is not loaded: the coarsest level is the cheapest look at it.
    const plane = layer!.plane;
    const tile = await image.getTile({ level: image.levels.length - 1, x: 0, y: 0, ...plane, channel });
    return tile ? [tile.data] : [];
  }

  const viewer: Viewer = {
    async open(next, init = {}) {
      if (destroyed) throw new ViewerError("destroyed", "The viewer was destroyed.", "Create another one.");
      const turn = ++opening;
      const plane = init.plane ?? { z: Math.floor((next.sizeZ - 1) / 2), t: 0 };
      const channels = init.channels ?? (await measuredChannelSettings(next, plane));
      if (turn !== opening || destroyed) return;
      closeImage();
      source = next;
      scene.setPlane(plane);
      const opened = new ImageLayer(next, plane, {
        osd,
        renderer,
        channels: () => settings,
        cacheBytes: options.cacheBytes ?? CACHE_BYTES,
        tileError: (error) => {
          if (!isAbort(error)) events.emit("tile-error", { error });
        },
        planeChanged: (shown) => {
          scene.setPlane(shown);
          events.emit("plane", shown);
        },
      });
      layer = opened;
      renderer.setSource(next, opened.slots);
      applyChannels(channels);
      await opened.add();
      if (turn !== opening || destroyed) return;
      if (init.camera) camera.set(init.camera);
      else camera.setHome(next);
      events.emit("plane", plane);
    },

    get source() {
      return source;
    },
    camera: () => camera.get(),
    setCamera: (state, how) => camera.set(state, how),
    home() {
      if (source) camera.home(source, HOME_MS);
    },
    zoomBy: (factor, at) => camera.zoomBy(factor, at),
    panBy: (dx, dy) => camera.panBy(dx, dy),
    imageToScreen: (point) => imageToScreen(camera.matrix(), point),
    screenToImage: (point) => screenToImage(camera.matrix(), point),
    size: () => camera.size(),
    visibleRect: () => visibleRect(camera.matrix(), camera.size()),

    async setPlane({ z, t }) {
      const image = requireSource();
      const within = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.round(value)));
      await layer!.setPlane({ z: within(z, image.sizeZ), t: within(t, image.sizeT) });
    },
    plane: () => layer?.plane ?? { z: 0, t: 0 },
    setChannels: applyChannels,
    channels: () => settings,
    on: (event, listener) => events.on(event, listener),
    annotations: scene,

    overlay: {
      setCursors: (marks) => cursors.set(marks, camera.matrix()),
      setHandles(handles) {
        scene.interactive.setHandles(handles);
        redraw();
      },
      setGhosts(ghosts) {
        scene.interactive.set("ghosts", ghosts);
        redraw();
      },
      setDraft(geometry, color = DRAFT_COLOR) {
        scene.interactive.set("draft", geometry ? [{ geometry, color }] : []);
        redraw();
      },
      setDrafts(drafts) {
        scene.interactive.set("draft", drafts);
        redraw();
      },
      setMarquee(box) {
        scene.interactive.set("marquee", box ? [marqueeShape(box)] : []);
        redraw();
      },
    },

    async histogram(channel, bins = 256) {
      return histogramOf(await pixelsOf(channel), bins);
    },
    async autoContrast(channel, { low = 0.1, high = 99.9 } = {}) {
      const window = percentileWindow(await pixelsOf(channel), low, high);
      const current = settings[channel];
      return window ?? { min: current?.min ?? 0, max: current?.max ?? 1 };
    },
    pixelAt(point) {
      if (!source) return [];
      return valuesAt(
        renderer.drawn.map(({ raw }) => raw),
        source,
        layer!.slots,
        point,
      );
    },
    scaleBar: () => (source ? scaleBarFor(source.calibration, zoomOf(camera.matrix())) : null),

    whenReady() {
      return new Promise((resolve) => {
        // What was asked for since the last frame is judged after the next one.
        const off = events.on("frame", () => {
          if (!layer?.complete) return;
          off();
          resolve();
        });
        redraw();
      });
    },

    stats() {
      const { uploads, ...drawn } = renderer.stats();
      const read = sourceStats(source);
      return {
        ...drawn,
        uploads: uploads - baseline.uploads,
        requests: read.requests - baseline.requests,
        decodes: read.decodes - baseline.decodes,
        annotationBinsBuilt: annotationPass.rebuilt,
      };
    },
    resetStats() {
      const { requests, decodes } = sourceStats(source);
      baseline = { requests, decodes, uploads: renderer.stats().uploads };
      renderer.resetStats();
    },

    screenshot() {
      // The drawing buffer is only there until the browser has shown it.
      osd.world.draw();
      return new Promise((resolve, reject) => {
        renderer.canvas.toBlob((blob) =>
          blob ? resolve(blob) : reject(new Error("the canvas gave no image")),
        );
      });
    },

    destroy() {
      if (destroyed) return;
      closeImage();
      destroyed = true;
      opening++;
      pointers.destroy();
      camera.destroy();
      osd.destroy();
      renderer.destroy();
      overlayRoot.remove();
      events.clear();
    },
  };
  return viewer;
}

function sourceStats(source: ImageSource | null): { requests: number; decodes: number } {
  const counted = source as (ImageSource & { stats?: () => SourceStats }) | null;
  return counted?.stats?.() ?? { requests: 0, decodes: 0 };
}

function marqueeShape(box: ImageRect): Shape {
  const geometry: Geometry = {
    kind: "rectangle",
    plane: { z: "all", t: "all" },
    x: box.minX,
    y: box.minY,
    width: box.maxX - box.minX,
    height: box.maxY - box.minY,
    rotation: 0,
  };
  return { geometry, color: 0xffffff };
}
