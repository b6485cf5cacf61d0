export * from "./check.ts";
export {
  type DecodedGeometry,
  decodeGeometry,
  decodeGeometryStamps,
  decodeGeometryValue,
  encodeGeometry,
  GEOMETRY_VERSION,
  type GeometryStampBytes,
} from "./codec.ts";
export * from "./errors.ts";
export * from "./limits.ts";
export * from "./measure.ts";
export { type Outline, outlineOf, rectangleCorners } from "./outline.ts";
export * from "./plane.ts";
export { quantizeGeometry } from "./quantize.ts";
export { signedRingArea } from "./rings.ts";
export { sameGeometry } from "./same-geometry.ts";
export * from "./spaces.ts";
export * from "./translate.ts";
export * from "./types.ts";
