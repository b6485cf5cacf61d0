import OpenSeadragon from "openseadragon";
import { type Contrast, SLIDE } from "../slide.ts";
import { type Contestant, nextFrame, type Place } from "./contestant.ts";

/**
 * The usual way: OpenSeadragon with its own WebGL drawer on tiles that the
 * server has coloured. Another contrast is another set of tiles.
 */
export function createPeer(element: HTMLElement): Contestant {
  const osd = OpenSeadragon({
    element,
    drawer: "webgl",
    showNavigationControl: false,
    immediateRender: true,
    maxTilesPerFrame: 24,
    imageLoaderLimit: 12,
    animationTime: 0,
    crossOriginPolicy: "Anonymous",
  });
  let frames = 0;
  let requests = 0;
  let decodes = 0;
  let shown: readonly Contrast[] = [];
  osd.addHandler("update-viewport", () => {
    frames++;
  });
  osd.addHandler("tile-loaded", () => {
    decodes++;
  });

  function tileSource() {
    const contrast = encodeURIComponent(JSON.stringify(shown));
    const top = SLIDE.levels - 1;
    return {
      width: SLIDE.size,
      height: SLIDE.size,
      tileSize: SLIDE.tile,
      minLevel: 0,
      maxLevel: top,
      getTileUrl(level: number, x: number, y: number) {
        return `/tiles/${contrast}/${top - level}/${x}_${y}.png`;
      },
    };
  }

  function add(index: number, replace: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      osd.addTiledImage({
        tileSource: tileSource(),
        index,
        replace,
        success: () => resolve(),
        error: reject,
      } as unknown as OpenSeadragon.TileSourceSpecifier);
    });
  }

  async function settled(): Promise<void> {
    await nextFrame();
    while (!osd.world.getItemAt(0)?.getFullyLoaded()) await nextFrame();
    await nextFrame();
  }

  function place({ cx, cy, zoom }: Place): void {
    osd.viewport.zoomTo((zoom * SLIDE.size) / element.clientWidth, undefined, true);
    osd.viewport.panTo(new OpenSeadragon.Point(cx / SLIDE.size, cy / SLIDE.size), true);
  }

  const observer = new PerformanceObserver((list) => {
    requests += list.getEntries().filter((entry) => entry.name.includes("/tiles/")).length;
  });
  observer.observe({ type: "resource" });

  return {
    async open(contrast, at) {
      performance.setResourceTimingBufferSize(100_000);
      shown = contrast;
      await add(0, false);
      place(at);
      await settled();
    },
    place,
    async setContrast(contrast) {
      shown = contrast;
      const centre = osd.viewport.getCenter(true);
      const zoom = osd.viewport.getZoom(true);
      await add(0, true);
      osd.viewport.zoomTo(zoom, undefined, true);
      osd.viewport.panTo(centre, true);
      await settled();
    },
    settled,
    async middle() {
      osd.world.draw();
      const canvas = osd.drawer.canvas as HTMLCanvasElement;
      const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d")!;
      context.drawImage(canvas, 0, 0);
      return [...context.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1).data.subarray(0, 3)];
    },
    counts: () => ({ requests, decodes, frames }),
  };
}
