import { readFile } from "node:fs/promises";
import {
  type Cell,
  type DecodeRequest,
  type Decoder,
  type Embedding,
  type Prompt,
  proposedMask,
  Segmenter,
} from "@coscope/models";
import type { InferenceSession } from "onnxruntime-web";
import { iouWith, type TrueObject, type Truth } from "../../e2e/support/truth.ts";
import { lowerIsBetter, type Metric } from "../metric.ts";
import { openDecoder, wasm } from "./networks.ts";
import type { PeerGraphs } from "./peers.ts";
import { inTurns } from "./timed.ts";

const WINDOWS = [128, 256, 512];
/** Nuclei that are clicked on, of all sizes. */
const SOME = 24;

/**
 * A click's answer in WebAssembly on one thread. Ours: windows of the region, and whole clicks, which look at one or two
 * windows and end as masks. The peer: SAM's graph, which looks at the whole region and ends as four masks of 1024².
 */
export async function decodeScene(
  embed: (cell: Cell) => Promise<Embedding>,
  region: Embedding,
  truth: Truth,
  peers: PeerGraphs | null,
  quick: boolean,
): Promise<Metric[]> {
  const decoder = await openDecoder("wasm");
  await agrees(decoder, region);
  const segmenter = new Segmenter({ decoder, image: truth, embed });
  const objects = truth.objects.filter(({ area }) => area > 80);
  const some = Array.from({ length: SOME }, (_, i) => objects[Math.floor((i * objects.length) / SOME)]!);
  const ious = await Promise.all(some.map((one) => click(segmenter, truth, one)));
  const mean = ious.reduce((a, b) => a + b, 0) / ious.length;
  if (mean < 0.7) throw new Error(`Clicks reach a mean IoU of ${mean} on the demo slide.`);

  let next = 0;
  const runs: (() => Promise<unknown>)[] = WINDOWS.map(
    (side) => () => decoder.decode([requestAt(region, side)]),
  );
  runs.push(() => segmenter.propose([promptOf(some[next++ % some.length]!)]).then((p) => proposedMask(p)));
  if (peers) runs.push(await samClick(peers.decoder));
  const times = await inTurns(quick ? 9 : 25, runs);
  const peer = peers ? times[runs.length - 1]! : null;
  return [
    ...WINDOWS.map((side) => `decode a window of ${side}²`),
    "decode a whole click, one or two windows, to a mask",
  ].map((name, i) =>
    lowerIsBetter(`${name}, WASM on one thread; peer: SAM's decoder`, times[i]!, peer, "ms"),
  );
}

const promptOf = ({ x, y }: TrueObject): Prompt => ({ kind: "point", x, y, inside: true });

async function click(segmenter: Segmenter, truth: Truth, one: TrueObject): Promise<number> {
  const mask = proposedMask(await segmenter.propose([promptOf(one)]));
  const data = new Uint8Array(truth.width * truth.height);
  for (let i = 0; i < mask.data.length; i++) {
    const [x, y] = [mask.x + (i % mask.width), mask.y + Math.floor(i / mask.width)];
    if (x >= 0 && y >= 0 && x < truth.width && y < truth.height) data[y * truth.width + x] = mask.data[i]!;
  }
  return iouWith(truth, one.label, data);
}

const requestAt = (embedding: Embedding, side: number): DecodeRequest => ({
  embedding,
  window: { x: 256, y: 256, width: side, height: side },
  points: Float32Array.of(side / 2, side / 2, 1),
  previous: null,
});

/** WebAssembly says what the native runtime says. */
async function agrees(decoder: Decoder, region: Embedding): Promise<void> {
  const native = await openDecoder("native");
  for (const side of WINDOWS) {
    const [[a], [b]] = [
      await decoder.decode([requestAt(region, side)]),
      await native.decode([requestAt(region, side)]),
    ];
    const away = a!.logits.reduce((most, v, i) => Math.max(most, Math.abs(v - b!.logits[i]!)), 0);
    if (!(away < 5e-3)) throw new Error(`WebAssembly and native differ by ${away} on ${side}².`);
  }
  await native.release();
}

/** One click through SAM's graph: a point, and the one that says nothing, as in the page's adapter. */
async function samClick(file: string): Promise<() => Promise<void>> {
  const ort = wasm();
  const session: InferenceSession = await ort.InferenceSession.create(await readFile(file), {
    executionProviders: ["wasm"],
  });
  const values = Float32Array.from({ length: 256 * 64 * 64 }, (_, i) => Math.sin(i * 12.9898));
  const feeds = {
    image_embeddings: new ort.Tensor("float32", values, [1, 256, 64, 64]),
    point_coords: new ort.Tensor("float32", Float32Array.of(500, 375, 0, 0), [1, 2, 2]),
    point_labels: new ort.Tensor("float32", Float32Array.of(1, -1), [1, 2]),
    mask_input: new ort.Tensor("float32", new Float32Array(256 * 256), [1, 1, 256, 256]),
    has_mask_input: new ort.Tensor("float32", Float32Array.of(0), [1]),
    orig_im_size: new ort.Tensor("float32", Float32Array.of(1024, 1024), [2]),
  };
  return async () => {
    const { masks } = await session.run(feeds);
    if (`${masks?.dims}` !== "1,4,1024,1024" || !Number.isFinite((masks!.data as Float32Array)[77_777]))
      throw new Error(`SAM's decoder gave masks of [${masks?.dims}].`);
  };
}
