import type { Geometry, ImagePoint, ImageRect, ScreenPoint } from "@coscope/annotations/geometry";
import type { CameraState, Size } from "./camera/camera.ts";
import type { CameraEvent } from "./camera/controller.ts";
import type { CursorMark } from "./overlay/cursors.ts";
import type { ScaleBar } from "./overlay/scale-bar.ts";
import type { PointerInfo } from "./pointer.ts";
import type { ReadViewOptions, ViewPixels } from "./read-view.ts";
import type { HandleMark, Shape } from "./render/annotations/interactive.ts";
import type { AnnotationScene } from "./render/annotations/scene.ts";
import type { StrokeMark } from "./render/annotations/stroke.ts";
import type { LabelOverlay } from "./render/labels/colors.ts";
import type { ChannelSettings } from "./source/channels.ts";
import type { ImageSource } from "./source/image-source.ts";
import type { Histogram } from "./source/percentiles.ts";
import type { PlaneIndex } from "./tiles/raw-tile.ts";

export interface ViewerEvents {
  camera: CameraEvent;
  plane: PlaneIndex;
  channels: readonly ChannelSettings[];
  "tile-error": { readonly error: unknown };
  /** Planes read for a projection in progress, of all that the view needs; null once it is shown. */
  projection: { readonly done: number; readonly total: number } | null;
  /** After each drawn frame. */
  frame: undefined;
  "webgl-lost": undefined;
  "webgl-restored": undefined;
  pointer: PointerInfo;
  /** The wheel was turned with Shift held; positive towards the person. */
  "shift-wheel": { readonly px: number };
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
  /** @param frame a dashed box around what the handles change together */
  setHandles(handles: readonly HandleMark[], frame?: ImageRect | null): void;
  setGhosts(ghosts: readonly GhostMark[]): void;
  setDraft(geometry: Geometry | null, color?: number): void;
  /** As `setDraft`, for gestures that change several annotations at once. */
  setDrafts(drafts: readonly Shape[]): void;
  /** A stroke of the brush, shown joined with what it changes or cut out of it. */
  setStroke(mark: StrokeMark | null): void;
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
  /** Pixels read ahead and kept of planes left behind, bytes. */
  readonly aheadBytes: number;
  /** Pixels and textures of label images, bytes. */
  readonly labelBytes: number;
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
  /**
   * Shows an image in place of the one before; the source stays the caller's, to be closed by them. Resolves when its
   * tiles are asked for. Without `init`, the whole image, its middle plane, and windows from its metadata or pixels.
   * @throws ViewerError "destroyed"
   */
  open(source: ImageSource, init?: OpenInit): Promise<void>;
  readonly source: ImageSource | null;
  camera(): CameraState;
  setCamera(camera: CameraState, options?: { animateMs?: number }): void;
  home(): void;
  /** @param at stays where it is; the middle of the canvas unless given */
  zoomBy(factor: number, at?: ScreenPoint): void;
  panBy(dxCss: number, dyCss: number): void;
  /** Turns the picture about the middle of the canvas, degrees clockwise on screen. */
  rotateBy(degrees: number): void;
  /** Mirrors left to right about the middle of the canvas. */
  setFlip(flip: boolean): void;
  /** CSS px per image px at which one image px takes one px of the screen: beyond it nothing new is seen. */
  readonly nativeZoom: number;
  imageToScreen(point: ImagePoint): ScreenPoint;
  screenToImage(point: ScreenPoint): ImagePoint;
  /** Of the canvas, CSS px. */
  size(): Size;
  /** The axis-aligned part of the image that covers the canvas, image px. */
  visibleRect(): ImageRect;
  /**
   * Resolves when the plane is shown; the one before stays until then, and then all changes in one frame. What lies
   * outside of the image is brought inside.
   * @throws ViewerError "not-open"
   */
  setPlane(plane: PlaneIndex): Promise<void>;
  plane(): PlaneIndex;
  /**
   * Resolves when what the view needs of a plane has been read, so that
   * `setPlane` will show it at once. A call for another plane takes its place:
   * reads that only the former wanted end, and its promise resolves.
   * @throws ViewerError "not-open"
   */
  ready(plane: PlaneIndex): Promise<void>;
  /** One for each channel of the image, in its order; the next frame shows it. */
  setChannels(settings: readonly ChannelSettings[]): void;
  channels(): readonly ChannelSettings[];
  /** Label images over the picture, under the annotations; the last on top. They are not closed with the image. */
  setLabels(labels: readonly LabelOverlay[]): void;
  /** The topmost label under a point that is not 0, from what is on screen. */
  labelAt(point: ImagePoint): { readonly id: string; readonly value: number } | null;
  on<Name extends keyof ViewerEvents>(
    event: Name,
    listener: (payload: ViewerEvents[Name]) => void,
  ): () => void;
  readonly annotations: AnnotationScene;
  readonly overlay: ViewerOverlay;
  /**
   * Raw values on the canvas, from what is loaded; of a hidden channel, from the coarsest level. 256 bins unless given.
   * @throws ViewerError "not-open"
   */
  histogram(channel: number, bins?: number): Promise<Histogram>;
  /**
   * The window between two percentiles of the same pixels, raw values; 0.1 and 99.9 unless given. Changes nothing.
   * @throws ViewerError "not-open"
   */
  autoContrast(
    channel: number,
    percent?: { readonly low?: number; readonly high?: number },
  ): Promise<{ min: number; max: number }>;
  /** Raw values, one a channel, from the finest tile on screen; null where a channel is not loaded. */
  pixelAt(point: ImagePoint): (number | null)[];
  /**
   * The visible channels of a part of the image (image px) as they are shown, at the resolution of the zoom; what is
   * not in memory is waited for. Null while no image is open, and outside of it.
   * @throws SourceError "aborted"
   */
  readView(part: ImageRect, options?: ReadViewOptions): Promise<ViewPixels | null>;
  /** Null while no image is open. */
  scaleBar(): ScaleBar | null;
  /** Resolves when all that the view needs is on screen. */
  whenReady(): Promise<void>;
  /** As `whenReady`, and nothing is being read ahead either. */
  whenIdle(): Promise<void>;
  stats(): ViewerStats;
  resetStats(): void;
  /** PNG of the canvas in device px: picture, labels and annotations. */
  screenshot(): Promise<Blob>;
  destroy(): void;
}

export interface ViewerOptions {
  /** Tiles read at once. */
  readonly parallelTiles?: number;
  /** Decoded pixels and textures kept, bytes, about; 640 MiB unless given. */
  readonly cacheBytes?: number;
  /** Pixels read ahead or kept of planes left behind, bytes; 128 MiB unless given. */
  readonly aheadBytes?: number;
  /** Pixels and textures of label images, bytes; 96 MiB unless given. */
  readonly labelBytes?: number;
  /**
   * Reads around the view once nothing moves, and neighbouring planes once one
   * was changed. On unless the browser asks to save data.
   */
  readonly prefetch?: boolean;
}
