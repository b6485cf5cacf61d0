export * from "./booleans.ts";
export { type BrushOptions, BrushStroke, brushed, type Dab, dabTolerance, sweep } from "./brush.ts";
export { partsOfMask } from "./contours.ts";
export * from "./errors.ts";
export { type PixelMask, rasterise } from "./mask.ts";
export { ELLIPSE_TOLERANCE_PX, type Parts, partsOf, polygonOf, SLIVER_PX2 } from "./parts.ts";
