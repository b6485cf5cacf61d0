import OpenSeadragon from "openseadragon";

/**
 * What we use of OpenSeadragon 6 beyond its bundled types. Everything private
 * that we lean on is named here, and nowhere else.
 */
export interface OsdTile extends OpenSeadragon.Tile {
  /** When an update last considered the tile; same clock as `update-level`'s currenttime. */
  lastTouchTime: number;
  exists: boolean;
  loaded: boolean;
  loading: boolean;
  unload(erase?: boolean): void;
}

export interface OsdJob extends OpenSeadragon.ImageJob {
  tile: OsdTile;
}

export interface OsdTiledImage extends OpenSeadragon.TiledImage {
  _currentMaxTilesPerFrame: number;
  maxTilesPerFrame: number;
  /** Device px that a texel must take for its level to be drawn. */
  minPixelRatio: number;
  _needsUpdate: boolean;
  _getTile(x: number, y: number, level: number, time: number, grid: OpenSeadragon.Point): OsdTile;
  _loadTile(tile: OsdTile, time: number): void;
}

export interface OsdTileCache extends OpenSeadragon.TileCache {
  _maxCacheItemCount: number;
  getLoadedTilesFor(image: OpenSeadragon.TiledImage): OsdTile[];
}

export interface OsdViewport extends OpenSeadragon.Viewport {
  _containerInnerSize: OpenSeadragon.Point;
  centerSpringX: OpenSeadragon.Spring;
  centerSpringY: OpenSeadragon.Spring;
  zoomSpring: OpenSeadragon.Spring;
  degreesSpring: OpenSeadragon.Spring;
}

export interface OsdConsole {
  error(...args: unknown[]): void;
  warn(...args: unknown[]): void;
}

interface Statics {
  console: OsdConsole;
  now(): number;
  pixelDensityRatio: number;
  converter: { learn(from: string, to: string, convert: (tile: unknown, data: unknown) => unknown): void };
}

export const osdStatics = OpenSeadragon as unknown as Statics;

/** Our one data type: a RawTile, which is never converted; a copy shares it. */
export const RAW_TYPE = "coscope-raw";

let prepared = false;

/** Once per page: teaches OpenSeadragon our type, and that an aborted or failed tile is not news. */
export function prepareOsd(): void {
  if (prepared) return;
  prepared = true;
  osdStatics.converter.learn(RAW_TYPE, RAW_TYPE, (_tile, data) => data);
  const original = osdStatics.console;
  osdStatics.console = {
    ...original,
    error(...args: unknown[]) {
      if (typeof args[0] === "string" && args[0].startsWith("Tile %s failed to load")) return;
      original.error(...args);
    },
    warn(...args: unknown[]) {
      original.warn(...args);
    },
  };
}

export { OpenSeadragon };
