import type { Affine } from "../camera/transform.ts";
import {
  OpenSeadragon,
  type OsdTile,
  type OsdTiledImage,
  type OsdViewport,
  osdStatics,
  RAW_TYPE,
} from "../tiles/osd.ts";
import type { RawTile } from "../tiles/raw-tile.ts";
import type { Renderer } from "./renderer.ts";
import type { GpuTile } from "./tile-pass.ts";

/** Image px → CSS px of the canvas, of what is on screen now (mid-animation too). */
export function osdMatrix(viewport: OsdViewport, image: OsdTiledImage): Affine {
  const bounds = image.getBoundsNoRotate(true);
  const scale = bounds.width / image.source.dimensions.x;
  const inner = viewport._containerInnerSize;
  const zoom = inner.x * viewport.getZoom(true);
  const centre = viewport.getCenter(true);
  const angle = (viewport.getRotation(true) * Math.PI) / 180;
  const cos = Math.cos(angle) * zoom;
  const sin = Math.sin(angle) * zoom;
  const x = bounds.x - centre.x;
  const y = bounds.y - centre.y;
  const matrix = {
    a: cos * scale,
    b: sin * scale,
    c: -sin * scale,
    d: cos * scale,
    e: cos * x - sin * y + inner.x / 2,
    f: sin * x + cos * y + inner.y / 2,
  };
  if (!viewport.getFlip()) return matrix;
  return { ...matrix, a: -matrix.a, c: -matrix.c, e: viewport.getContainerSize().x - matrix.e };
}

/**
 * A drawer class bound to one renderer. OpenSeadragon constructs it, so the
 * renderer comes in by closure; and it calls `_createDrawingElement` from its
 * constructor, before any field of a subclass would exist.
 */
export function createDrawerClass(renderer: Renderer): typeof OpenSeadragon.DrawerBase {
  class RawDrawer extends OpenSeadragon.DrawerBase {
    static override isSupported(): boolean {
      return true;
    }

    override getType(): string {
      return "coscope";
    }

    // Textures are made by our own budget before a tile counts as loaded; the
    // private cache only ties their end to that of the cache record.
    override get defaultOptions() {
      return { usePrivateCache: true, preloadCache: false } as OpenSeadragon.BaseDrawerOptions;
    }

    override getSupportedDataFormats(): string[] {
      return [RAW_TYPE];
    }

    override canRotate(): boolean {
      return true;
    }

    override setImageSmoothingEnabled(): void {}

    minimumOverlapRequired(): boolean {
      return false;
    }

    _createDrawingElement(): HTMLCanvasElement {
      return renderer.canvas;
    }

    override internalCacheCreate(cache: OpenSeadragon.CacheRecord): GpuTile {
      return renderer.adopt((cache as unknown as { data: RawTile }).data);
    }

    override internalCacheFree(tile: GpuTile): void {
      renderer.free(tile);
    }

    draw(images: OsdTiledImage[]): void {
      const viewport = this.viewport as OsdViewport;
      const size = viewport.getContainerSize();
      const image = images[0];
      renderer.draw({
        width: size.x,
        height: size.y,
        pixelRatio: osdStatics.pixelDensityRatio,
        matrix: image ? osdMatrix(viewport, image) : null,
        tiles: image ? this.#tiles(image) : [],
      });
    }

    // getTilesToDraw marks tiles as drawn: once per image and frame.
    #tiles(image: OsdTiledImage): GpuTile[] {
      const tiles: GpuTile[] = [];
      for (const { tile } of image.getTilesToDraw()) {
        const gpu: GpuTile | undefined = this.getDataToDraw(tile as OsdTile);
        if (gpu) tiles.push(gpu);
      }
      return tiles;
    }

    override destroy(): void {
      super.destroy();
      this.canvas.remove();
    }
  }
  return RawDrawer;
}
