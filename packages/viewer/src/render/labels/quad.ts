import type { ImageRect } from "@coscope/annotations/geometry";
import { type Affine, invertAffine } from "../../camera/transform.ts";
import type { Frame } from "../renderer.ts";
import { deviceSize } from "../tile-quads.ts";
import type { LabelScale } from "./regions.ts";

/** Corners in clip space of a part of the image, as a strip, and the map from device px (from below) to texels. */
export function labelQuad(
  frame: Frame & { readonly matrix: Affine },
  part: ImageRect,
  scale: LabelScale,
  rect: ImageRect,
): { corners: Float32Array; toTexel: Affine } {
  const { matrix: m, width, height, pixelRatio } = frame;
  const corners = new Float32Array(8);
  for (let i = 0; i < 4; i++) {
    const x = i & 1 ? part.maxX : part.minX;
    const y = i & 2 ? part.maxY : part.minY;
    corners[2 * i] = ((m.a * x + m.c * y + m.e) / width) * 2 - 1;
    corners[2 * i + 1] = 1 - ((m.b * x + m.d * y + m.f) / height) * 2;
  }
  const inverse = invertAffine(m);
  const px = width / deviceSize(width, pixelRatio);
  const py = height / deviceSize(height, pixelRatio);
  const toTexel = {
    a: (inverse.a * px) / scale.x,
    b: (inverse.b * px) / scale.y,
    c: (-inverse.c * py) / scale.x,
    d: (-inverse.d * py) / scale.y,
    e: (inverse.c * height + inverse.e - rect.minX) / scale.x,
    f: (inverse.d * height + inverse.f - rect.minY) / scale.y,
  };
  return { corners, toTexel };
}
