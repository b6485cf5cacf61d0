import { type Embedding, type Manifest, packEmbedding, unpackEmbedding } from "@coscope/models";
import { gzipEmbedding } from "@coscope/models/encoder";
import { lowerIsBetter, type Metric } from "../metric.ts";

/** SAM's embedding of a region: 256 × 64 × 64 float32. */
export const SAM_BYTES = 256 * 64 * 64 * 4;

/** A region's embedding as the server sends it: packed and gzipped. */
export async function wireScene(region: Embedding, manifest: Manifest): Promise<Metric[]> {
  const packed = packEmbedding(region, manifest);
  const sent = await gzipEmbedding(packed, manifest);
  const again = unpackEmbedding(packed, manifest);
  for (const part of ["fine", "coarse"] as const)
    if (again[part].some((v, i) => Math.abs(v - region[part][i]!) > 3))
      throw new Error(`Unpacked, "${part}" differs.`);
  return [
    lowerIsBetter("embedding of 1024², packed; peer: SAM's", packed.length, SAM_BYTES, "bytes"),
    lowerIsBetter("embedding of 1024² on the wire; peer: SAM's", sent.length, SAM_BYTES, "bytes"),
  ];
}
