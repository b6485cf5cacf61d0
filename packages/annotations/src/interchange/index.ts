export {
  type AnnotationFile,
  checkFileSize,
  type FileFormat,
  type FileSummary,
  type ImageFrame,
  readAnnotationFile,
} from "./annotation-file.ts";
export {
  type CocoFile,
  type CocoImage,
  decodeCoco,
  encodeCoco,
  type ImportedCoco,
  type ImportedImage,
} from "./coco.ts";
export { InterchangeError, type InterchangeErrorCode } from "./errors.ts";
export { decodeGeoJson, encodeGeoJson, type GeoJsonOptions } from "./geojson.ts";
export { matchClasses, type NamedClass } from "./match-classes.ts";
export { asciiJson } from "./read.ts";
export {
  checkRle,
  combineRle,
  MAX_RLE_PIXELS,
  maskOfRle,
  parseRle,
  type Rle,
  rleArea,
  rleBounds,
  rleOfPolygon,
  rleText,
} from "./rle.ts";
export { seenByOthers } from "./seen-by-others.ts";
export { type Addable, type ToAddOptions, toAdd } from "./to-add.ts";
export * from "./types.ts";
