declare const space: unique symbol;

/** Makes structurally equal values of two spaces different types. Exists only for the type checker. */
export interface Brand<Name extends string> {
  readonly [space]: Name;
}

/** A point in image space: px of the full-resolution level, origin at the outer corner of the top-left pixel. */
export type ImagePoint = { readonly x: number; readonly y: number } & Brand<"image">;
/** A point in view space: image width is 1, x right, y down (OpenSeadragon's viewport coordinates). */
export type ViewPoint = { readonly x: number; readonly y: number } & Brand<"view">;
/** A point on screen: CSS px from the top-left corner of the canvas element. */
export type ScreenPoint = { readonly x: number; readonly y: number } & Brand<"screen">;
/** A physical length in µm. */
export type Micrometres = number & Brand<"micrometres">;

export const imagePoint = (x: number, y: number): ImagePoint => ({ x, y }) as ImagePoint;
export const viewPoint = (x: number, y: number): ViewPoint => ({ x, y }) as ViewPoint;
export const screenPoint = (x: number, y: number): ScreenPoint => ({ x, y }) as ScreenPoint;
export const micrometres = (value: number): Micrometres => value as Micrometres;
