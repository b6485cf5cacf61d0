import { homeCamera } from "./camera/camera.ts";
import { CameraController } from "./camera/controller.ts";
import {
  type Affine,
  cameraMatrix,
  imageToScreen,
  screenToImage,
  visibleRect,
  zoomOf,
} from "./camera/transform.ts";
import { isAbort, ViewerError } from "./errors.ts";
import { Emitter } from "./events.ts";
import { createInstruments } from "./instruments.ts";
import { createOverlay } from "./overlay/gestures.ts";
import { PointerRouter } from "./pointer.ts";
import { AnnotationPass } from "./render/annotations/pass.ts";
import { Scene } from "./render/annotations/scene.ts";
import { LabelPass } from "./render/labels/pass.ts";
import { createDrawerClass } from "./render/osd-drawer.ts";
import { Renderer } from "./render/renderer.ts";
import { type ChannelSettings, measuredChannelSettings } from "./source/channels.ts";
import type { ImageSource } from "./source/image-source.ts";
import { ImageLayer } from "./tiles/image-layer.ts";
import { savesData } from "./tiles/look-ahead.ts";
import { osdStatics } from "./tiles/osd.ts";
import { createOsdViewer, redrawing } from "./tiles/osd-viewer.ts";
import { type PlaneIndex, planeWithin, samePlane } from "./tiles/raw-tile.ts";
import { viewNow } from "./tiles/view-tiles.ts";
import type { Viewer, ViewerEvents, ViewerOptions } from "./viewer-api.ts";

const HOME_MS = 250;
const CACHE_BYTES = 640 * 2 ** 20;
const AHEAD_BYTES = 128 * 2 ** 20;
const LABEL_BYTES = 96 * 2 ** 20;
const PARALLEL_TILES = 12;

/**
 * Puts a viewer into an element, which it fills.
 * @throws ViewerError "webgl2-missing"
 */
export function createViewer(element: HTMLElement, options: ViewerOptions = {}): Viewer {
  const events = new Emitter<ViewerEvents>();
  let layer: ImageLayer | null = null;
  let source: ImageSource | null = null;
  let settings: readonly ChannelSettings[] = [];
  let opening = 0;
  let ready = false;
  let destroyed = false;

  const renderer = new Renderer({
    lost: () => events.emit("webgl-lost", undefined),
    restored: () => events.emit("webgl-restored", undefined),
    redraw: () => redraw(),
  });
  const osd = createOsdViewer(element, createDrawerClass(renderer), options.parallelTiles ?? PARALLEL_TILES);
  const redraw = redrawing(osd, () => destroyed);

  const camera = new CameraController(osd, (event) => events.emit("camera", event));
  const scene = new Scene({
    screenToImage: (point) => screenToImage(camera.matrix(), point),
    zoom: () => zoomOf(camera.matrix()),
    redraw,
  });
  const labels = new LabelPass(renderer.gl, {
    image: () => source,
    budgetBytes: options.labelBytes ?? LABEL_BYTES,
    redraw,
    report: (error) => events.emit("tile-error", { error }),
  });
  renderer.addPass(labels);
  const annotationPass = new AnnotationPass(renderer.gl, scene, redraw);
  renderer.addPass(annotationPass);

  const surface = osd.canvas as HTMLElement;
  const overlay = createOverlay({
    container: osd.container as HTMLElement,
    scene,
    matrix: () => camera.matrix(),
    redraw,
  });
  const pointers = new PointerRouter({
    element,
    surface,
    screenToImage: (point) => screenToImage(camera.matrix(), point),
    emit: (info) => events.emit("pointer", info),
    zoomBy: (factor, at) => camera.zoomBy(factor, at),
    panBy: (dx, dy) => camera.panBy(dx, dy, true),
    shiftWheel: (px) => events.emit("shift-wheel", { px }),
  });

  osd.addHandler("update-viewport", () => {
    layer?.afterFrame(viewThrough(camera.matrix()));
    camera.afterFrame();
    overlay.place();
    events.emit("frame", undefined);
    const complete = isComplete();
    if (complete && !ready) events.emit("ready", undefined);
    ready = complete;
  });
  const viewThrough = (matrix: Affine) => viewNow(matrix, camera.size(), osdStatics.pixelDensityRatio);
  const isComplete = () => (layer?.complete ?? false) && !labels.pending;

  function showPlane(plane: PlaneIndex): void {
    scene.setPlane(plane);
    labels.setPlane(plane);
    events.emit("plane", plane);
  }

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

  const instruments = createInstruments({
    renderer,
    camera,
    labels,
    annotations: annotationPass,
    layer: () => layer,
    channels: () => settings,
  });

  const viewer: Viewer = {
    async open(next, init = {}) {
      if (destroyed) throw new ViewerError("destroyed", "The viewer was destroyed.", "Create another one.");
      const turn = ++opening;
      const plane = planeWithin(next, init.plane ?? { z: Math.floor((next.sizeZ - 1) / 2), t: 0 });
      const channels = init.channels ?? (await measuredChannelSettings(next, plane));
      if (turn !== opening || destroyed) return;
      closeImage();
      source = next;
      scene.setPlane(plane);
      labels.setPlane(plane);
      const opened = new ImageLayer(next, plane, {
        osd,
        renderer,
        channels: () => settings,
        cacheBytes: options.cacheBytes ?? CACHE_BYTES,
        aheadBytes: options.aheadBytes ?? AHEAD_BYTES,
        prefetch: options.prefetch ?? !savesData(),
        tileError: (error) => {
          if (!isAbort(error)) events.emit("tile-error", { error });
        },
        preparePlane: (next, signal) => labels.prepare(next, signal),
        planeChanged: showPlane,
        projecting: (progress) => events.emit("projection", progress),
      });
      layer = opened;
      renderer.setSource(next, opened.slots);
      applyChannels(channels);
      const first = init.camera ?? homeCamera(next, camera.size());
      await opened.add(viewThrough(cameraMatrix(first, camera.size())));
      if (turn !== opening || destroyed) return;
      camera.set(first);
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
    rotateBy: (degrees) => camera.rotateBy(degrees),
    setFlip: (flip) => camera.setFlip(flip),
    get nativeZoom() {
      return 1 / osdStatics.pixelDensityRatio;
    },
    imageToScreen: (point) => imageToScreen(camera.matrix(), point),
    screenToImage: (point) => screenToImage(camera.matrix(), point),
    size: () => camera.size(),
    visibleRect: () => visibleRect(camera.matrix(), camera.size()),

    async setPlane(plane) {
      const image = requireSource();
      await layer!.setPlane(planeWithin(image, plane));
    },
    async ready(plane) {
      const image = requireSource();
      const asked = planeWithin(image, plane);
      await layer!.ready(asked);
      if (source === image && samePlane(asked, layer!.plane)) await viewer.whenReady();
    },
    plane: () => layer?.plane ?? { z: 0, t: 0 },
    setChannels: applyChannels,
    channels: () => settings,
    setLabels: (overlays) => labels.set(overlays),
    labelAt: (point) => labels.at(point),
    on: (event, listener) => events.on(event, listener),
    annotations: scene,

    overlay,
    ...instruments,

    whenReady() {
      return new Promise((resolve) => {
        // What was asked for since the last frame is judged after the next one.
        const off = events.on("frame", () => {
          if (!isComplete()) return;
          off();
          resolve();
        });
        redraw();
      });
    },

    async whenIdle() {
      await viewer.whenReady();
      while (layer?.readingAhead) {
        await new Promise((resolve) => setTimeout(resolve, 16));
        await viewer.whenReady();
      }
    },

    screenshot() {
      // The drawing buffer is only there until the browser has shown it.
      osd.world.draw();
      return renderer.toBlob();
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
      overlay.destroy();
      events.clear();
    },
  };
  return viewer;
}
