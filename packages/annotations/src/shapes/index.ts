import { brushed, sweep } from "./brush.ts";
import { provideBrush } from "./brush-slot.ts";

export * from "./booleans.ts";
export { type BrushOptions, BrushStroke, brushed, type Dab, dabTolerance, sweep } from "./brush.ts";
export { partsOfMask } from "./contours.ts";
export * from "./errors.ts";
export { interpolateShapes, signedDistances } from "./interpolate.ts";
export { LiveWire } from "./live-wire.ts";
export { type PixelMask, rasterise } from "./mask.ts";
export * from "./measures.ts";
export { ELLIPSE_TOLERANCE_PX, type Parts, partsOf, polygonOf, SLIVER_PX2 } from "./parts.ts";
export { expand, simplify, smooth, splitByLine } from "./reshape.ts";
export {
  type Affine,
  isSound,
  rotateGeometry,
  rotation,
  scaleGeometry,
  scaling,
  transformGeometry,
} from "./transform.ts";
export * from "./wand.ts";

provideBrush({ brushed, sweep });
