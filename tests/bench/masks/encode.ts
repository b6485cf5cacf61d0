import type { Planes } from "@coscope/models";
import { openEncoder } from "@coscope/models/encoder";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { lowerIsBetter, type Metric } from "../metric.ts";
import type { PeerGraphs } from "./peers.ts";
import { inTurns } from "./timed.ts";

const TOKENS = [1, 256, 64, 64];

/** A region of 1024² px through the encoder that ships, quantised, and through MobileSAM's; one thread each. */
export async function encodeScene(
  planes: Planes,
  peers: PeerGraphs | null,
  quick: boolean,
): Promise<Metric[]> {
  const encoder = await openEncoder({ threads: 1 });
  const ours = async () => {
    const { fine, coarse } = await encoder.encode(planes);
    if (spread(fine) < 10 || spread(coarse) < 10) throw new Error("Our embedding says nothing.");
  };
  const runs = [ours];
  if (peers) {
    const session = await InferenceSession.create(peers.encoder, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
    });
    const image = new Tensor("float32", planes.data, [1, 3, planes.height, planes.width]);
    runs.push(async () => {
      const { image_embeddings: out } = await session.run({ image });
      const values = out!.data as Float32Array;
      if (`${out!.dims}` !== `${TOKENS}` || !(spread(values) > 0))
        throw new Error(`ViT-T gave [${out!.dims}].`);
    });
  }
  const [own, other] = await inTurns(quick ? 3 : 9, runs);
  await encoder.release();
  return [
    lowerIsBetter(
      "encode 1024² on one thread, processor time; peer: MobileSAM's ViT-T",
      own!,
      other ?? null,
      "ms",
    ),
  ];
}

/** Standard deviation; NaN where a value is none. */
function spread(values: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += values[i]! ** 2;
  }
  return Math.sqrt(squares / values.length - (sum / values.length) ** 2);
}
