import type { Geometry } from "@coscope/annotations/geometry";
import type { PixelBlock, Sum } from "./pixels-inside.ts";

/** Sums over the parts of shapes that lie in one tile. */
export interface SumsRequest {
  readonly id: number;
  readonly block: PixelBlock;
  readonly downsample: { readonly x: number; readonly y: number };
  readonly geometries: readonly Geometry[];
}

export interface SumsReply {
  readonly id: number;
  /** One a shape, in their order. */
  readonly sums: readonly Sum[];
}
