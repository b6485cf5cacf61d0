import { type Affine, invertAffine, zoomOf } from "../camera/transform.ts";
import type { ImageSource } from "../source/image-source.ts";
import type { GpuTile, TileQuad } from "./tile-pass.ts";

export const deviceSize = (css: number, pixelRatio: number): number =>
  Math.max(1, Math.round(css * pixelRatio));

/**
 * Corners in clip space. Neighbours compute a shared edge by the same
 * expression in doubles, so that no crack opens between them.
 */
export function tileQuads(
  tiles: readonly GpuTile[],
  source: Pick<ImageSource, "levels">,
  m: Affine,
  canvas: { readonly width: number; readonly height: number; readonly pixelRatio: number },
): TileQuad[] {
  const devicePx = zoomOf(m) * canvas.pixelRatio;
  const inverse = invertAffine(m);
  const px = canvas.width / deviceSize(canvas.width, canvas.pixelRatio);
  const py = canvas.height / deviceSize(canvas.height, canvas.pixelRatio);
  return tiles.map((tile) => {
    const { raw } = tile;
    const level = source.levels[raw.level]!;
    const left = raw.x * level.tileWidth;
    const top = raw.y * level.tileHeight;
    const corners = new Float32Array(8);
    for (let i = 0; i < 4; i++) {
      const x = (left + (i & 1 ? raw.width : 0)) * level.downsampleX;
      const y = (top + (i & 2 ? raw.height : 0)) * level.downsampleY;
      corners[2 * i] = ((m.a * x + m.c * y + m.e) / canvas.width) * 2 - 1;
      corners[2 * i + 1] = 1 - ((m.b * x + m.d * y + m.f) / canvas.height) * 2;
    }
    // Real pixels are shown as they are; coarser levels stand in for others and look better blurred.
    const toTexel = {
      a: (inverse.a * px) / level.downsampleX,
      b: (inverse.b * px) / level.downsampleY,
      // Device rows are counted from below.
      c: (-inverse.c * py) / level.downsampleX,
      d: (-inverse.d * py) / level.downsampleY,
      e: (inverse.c * canvas.height + inverse.e) / level.downsampleX - left,
      f: (inverse.d * canvas.height + inverse.f) / level.downsampleY - top,
    };
    return { tile, corners, toTexel, smooth: raw.level > 0 || devicePx < 1 };
  });
}
