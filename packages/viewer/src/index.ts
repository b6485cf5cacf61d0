export {
  type CameraState,
  cameraCovering,
  homeCamera,
  interpolateCamera,
  MAX_ZOOM,
  type Size,
  sameCamera,
} from "./camera/camera.ts";
export type { CameraEvent } from "./camera/controller.ts";
export {
  type Affine,
  applyAffine,
  cameraMatrix,
  imageToScreen,
  screenToImage,
  visibleRect,
} from "./camera/transform.ts";
export { isViewerError, ViewerError, type ViewerErrorCode } from "./errors.ts";
export type { CursorMark } from "./overlay/cursors.ts";
export { createMinimap, type Minimap, type OtherView } from "./overlay/minimap.ts";
export { createScaleBar, type ScaleBar, scaleBarFor } from "./overlay/scale-bar.ts";
export type { PointerInfo, TrailPoint } from "./pointer.ts";
export type { ReadViewOptions, ViewPixels } from "./read-view.ts";
export type { HandleMark, Shape } from "./render/annotations/interactive.ts";
export type { SceneItem } from "./render/annotations/mesh.ts";
export type { SceneStyle } from "./render/annotations/pass.ts";
export type { AnnotationScene } from "./render/annotations/scene.ts";
export type { StrokeMark } from "./render/annotations/stroke.ts";
export { blendChannels, toneOf } from "./render/contrast.ts";
export { type LabelOverlay, labelColor } from "./render/labels/colors.ts";
export { LUT_NAMES, LUT_SIZE, LUTS, type Lut, lutColor, lutTable } from "./render/luts.ts";
export {
  type ChannelSettings,
  defaultChannelSettings,
  type LutName,
  measuredChannelSettings,
} from "./source/channels.ts";
export type { Histogram } from "./source/percentiles.ts";
export {
  openInWorkers,
  type SourceStats,
  type WorkerSource,
  type WorkerSourceOptions,
} from "./tiles/main.ts";
export { type PlaneIndex, samePlane } from "./tiles/raw-tile.ts";
export { createViewer } from "./viewer.ts";
export type {
  GhostMark,
  OpenInit,
  Viewer,
  ViewerEvents,
  ViewerOptions,
  ViewerOverlay,
  ViewerStats,
} from "./viewer-api.ts";
