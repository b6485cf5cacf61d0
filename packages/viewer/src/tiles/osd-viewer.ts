import { OpenSeadragon, prepareOsd } from "./osd.ts";

const NO_CLICKS = { clickToZoom: false, dblClickToZoom: false };
const NO_MOUSE = { ...NO_CLICKS, scrollToZoom: false, flickEnabled: false };

/** OpenSeadragon without its controls and keys, and with our drawer. */
export function createOsdViewer(
  element: HTMLElement,
  drawer: typeof OpenSeadragon.DrawerBase,
  parallelTiles: number,
): OpenSeadragon.Viewer {
  prepareOsd();
  return new OpenSeadragon.Viewer({
    element,
    drawer: drawer as never,
    showNavigationControl: false,
    showNavigator: false,
    keyboardNavEnabled: false,
    tabIndex: -1,
    // A person's own hand should feel direct; longer glides are for following.
    animationTime: 0.35,
    springStiffness: 9,
    immediateRender: true,
    blendTime: 0,
    imageLoaderLimit: parallelTiles,
    maxTilesPerFrame: 24,
    tileRetryMax: 0,
    // Requests have their own limits; OpenSeadragon's would kill the tile for good.
    timeout: 3_600_000,
    minZoomImageRatio: 0.5,
    maxZoomPixelRatio: 64,
    visibilityRatio: 0.15,
    preserveImageSizeOnResize: true,
    gestureSettingsMouse: NO_MOUSE,
    gestureSettingsPen: NO_MOUSE,
    gestureSettingsTouch: { ...NO_CLICKS, dblClickDragToZoom: false },
    gestureSettingsUnknown: { ...NO_CLICKS, dblClickDragToZoom: false },
  } as OpenSeadragon.Options);
}

/** Asks for a frame; also in the middle of one, which OpenSeadragon forgets at its end. */
export function redrawing(osd: OpenSeadragon.Viewer, isDestroyed: () => boolean): () => void {
  return () => {
    if (isDestroyed()) return;
    osd.forceRedraw();
    queueMicrotask(() => {
      if (!isDestroyed()) osd.forceRedraw();
    });
  };
}
