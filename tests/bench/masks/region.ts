import { normalise, type Planes, rangeOf } from "@coscope/models";
import { loadManifest } from "@coscope/models/weights";
import { ChunkRenderer } from "@coscope/sync-server/demo/render-chunk.ts";
import { CHUNK } from "@coscope/sync-server/demo/slide-shape.ts";
import { objectsOf, type TrueObject, type Truth } from "../../e2e/support/truth.ts";

const SIDE = 1024;
const FIRST = { x: 58, y: 39 };

/** DAPI of 1024² px of the demo slide, ready for the encoder, and the nuclei that lie completely inside. */
export async function demoRegion(): Promise<{ planes: Planes; truth: Truth }> {
  const renderer = new ChunkRenderer();
  const counts = new Uint16Array(SIDE * SIDE);
  const labels = new Float64Array(SIDE * SIDE);
  for (const [dx, dy] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    const at = { level: 0, channel: 0, x: FIRST.x + dx, y: FIRST.y + dy };
    for (const [kind, out] of [
      ["image", counts],
      ["labels", labels],
    ] as const) {
      const chunk = renderer.render({ ...at, kind });
      for (let y = 0; y < CHUNK; y++)
        out.set(chunk.subarray(y * CHUNK, (y + 1) * CHUNK), (dy * CHUNK + y) * SIDE + dx * CHUNK);
    }
  }
  const { normalisation } = await loadManifest();
  const pixels = { width: SIDE, height: SIDE, channels: 1, data: counts } as const;
  const rect = { x: 0, y: 0, width: SIDE, height: SIDE };
  const objects: TrueObject[] = objectsOf(labels, rect).filter(({ area }) => area >= 20);
  return { planes: normalise(pixels, rangeOf(pixels, normalisation)), truth: { ...rect, labels, objects } };
}
