export {
  abortedError,
  isAbort,
  isSourceError,
  SourceError,
  type SourceErrorCode,
  type SourceErrorData,
  type SourceErrorFields,
} from "../errors.ts";
export { ByteCache } from "./byte-cache.ts";
export type { Calibration } from "./calibration.ts";
export {
  type ChannelSettings,
  defaultChannelSettings,
  measuredChannelSettings,
} from "./channels.ts";
export type { ByteRange, ByteStore, HttpStoreOptions, ReadOptions } from "./http-store.ts";
export {
  type ChannelInfo,
  type ChannelWindow,
  describeSource,
  type ImageDescription,
  type ImageLevel,
  type ImageSource,
  type LabelInfo,
  type PixelType,
  pixelRange,
  type Tile,
  type TileRequest,
  type TypedArray,
  tileGrid,
  tileSize,
} from "./image-source.ts";
export { imageUrl } from "./image-url.ts";
export { inspect } from "./inspect.ts";
export { listLabels, openLabel } from "./labels.ts";
export type { ListedItem, ListedWell, Listing, Plate } from "./ome-zarr/listing.ts";
export type { OmeZarrManifest } from "./ome-zarr/manifest.ts";
export { type OpenOptions, openOmeZarr } from "./open.ts";
export {
  type ImageManifest,
  type OpenImageOptions,
  openImage,
  openImageManifest,
  openWithManifest,
} from "./open-image.ts";
export { type Histogram, histogramOf, percentileWindow } from "./percentiles.ts";
export type { DecodedPicture, DecodeImage } from "./pictures/decoder.ts";
export type { RetryOptions } from "./retry.ts";
export { type TileCacheReport, withTileCache } from "./tile-cache.ts";
