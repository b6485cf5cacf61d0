import type { Decoded, DecodeRequest, Decoder } from "./decoder.ts";
import { type Embedding, paddedSize } from "./embedding.ts";
import type { Cell } from "./grid.ts";
import type { Manifest } from "./manifest.ts";

/** A disc, image px. */
export interface Disc {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

/**
 * For tests: a model that knows a picture of discs by heart. Its embedding carries only each px's offset to the centre
 * of the disc it lies on; its decoder answers with the disc under the first click (logit: distance to the rim).
 */
export function fakeModel(manifest: Manifest, discs: readonly Disc[]) {
  const cells = new Map<Embedding, Cell>();
  const asked: Cell[] = [];
  const requests: DecodeRequest[] = [];
  const under = (x: number, y: number) => discs.find((d) => Math.hypot(x - d.x, y - d.y) < d.r);

  const embed = async (cell: Cell): Promise<Embedding> => {
    asked.push(cell);
    const paddedWidth = paddedSize(cell.width, manifest.encoder);
    const paddedHeight = paddedSize(cell.height, manifest.encoder);
    const { fine, coarse } = manifest.encoder;
    const e: Embedding = {
      width: cell.width,
      height: cell.height,
      paddedWidth,
      paddedHeight,
      fine: new Int8Array((fine.channels * paddedWidth * paddedHeight) / fine.stride ** 2),
      coarse: new Int8Array((coarse.channels * paddedWidth * paddedHeight) / coarse.stride ** 2),
    };
    const [w, h] = [paddedWidth / coarse.stride, paddedHeight / coarse.stride];
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        const px = (cell.x + (x + 0.5) * coarse.stride) / cell.scale;
        const py = (cell.y + (y + 0.5) * coarse.stride) / cell.scale;
        const d = under(px, py);
        // elsewhere the offsets lead apart, so that nothing gathers
        const [dx, dy] = d
          ? [(d.x - px) * cell.scale, (d.y - py) * cell.scale]
          : [((x * 37) % 128) - 64, ((y * 53) % 128) - 64];
        e.coarse[y * w + x] = Math.round((dx / 64) * 127);
        e.coarse[w * h + y * w + x] = Math.round((dy / 64) * 127);
      }
    cells.set(e, cell);
    return e;
  };

  const decoder: Decoder = {
    manifest,
    release: async () => {},
    async decode(batch) {
      requests.push(...batch);
      return batch.map((r): Decoded => {
        const cell = cells.get(r.embedding) as Cell;
        const { x, y, width, height } = r.window;
        const toImage = (v: number, at: number, origin: number) => (v + at + origin) / cell.scale;
        const [px = 0, py = 0] = r.points;
        const disc = under(toImage(px, x, cell.x), toImage(py, y, cell.y));
        const logits = new Float32Array(manifest.decoder.candidates.length * width * height).fill(-6);
        for (let i = 0; disc && i < logits.length; i++) {
          const cx = toImage((i % width) + 0.5, x, cell.x);
          const cy = toImage((Math.floor(i / width) % height) + 0.5, y, cell.y);
          logits[i] = disc.r - Math.hypot(cx - disc.x, cy - disc.y);
        }
        return {
          window: r.window,
          logits,
          quality: Float32Array.from(manifest.decoder.candidates, () => (disc ? 0.95 : 0.1)),
        };
      });
    },
  };
  return { decoder, embed, asked, requests };
}
