import type { Tensor } from "onnxruntime-web";
import { checkRequest } from "../check-request.ts";
import type { Decoded, DecodeRequest, Decoder } from "../decoder.ts";
import type { Embedding } from "../embedding.ts";
import { ModelError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import type { Runtime, Session } from "../runtime.ts";
import { dequantise } from "../tensors.ts";
import { type Frame, frameOf } from "./frame.ts";
import type { SamSpec } from "./manifest.ts";
import { framePoints, pointInputsOf } from "./points.ts";

/** What the graph answered, before a window is cut out of it: logits [masks, height, width] over a part of the frame. */
interface Answer {
  readonly masks: Float32Array;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Mask px a frame px. */
  readonly perX: number;
  readonly perY: number;
  readonly quality: Float32Array;
}

/** Candidates that are offered, best first. */
const MOST = 3;
/** Side of the mask that is given back for correction. */
const MASK = 256;
const OUTSIDE = -6;

/**
 * SAM's decoder behind the same interface as our own. One run answers for the whole region, so that a second window of
 * the same prompts is cut out of the first answer.
 */
export function createSamDecoder(runtime: Runtime, manifest: Manifest, session: Session): Decoder {
  const spec = manifest.sam as SamSpec;
  const points = pointInputsOf(session);
  /** Dequantised once for all prompts on a region. */
  const feeds = new WeakMap<Embedding, Record<string, ReturnType<typeof tensorOf>>>();
  let last: { embedding: Embedding; key: string; answer: Answer } | null = null;
  const tensorOf = (name: string, data: Float32Array, dims: readonly number[]) =>
    typed(runtime, session, name, data, dims);

  function embeddingFeeds(embedding: Embedding) {
    let known = feeds.get(embedding);
    if (!known) {
      known = {};
      for (const tensor of embedding.tensors ?? [])
        known[tensor.name] = tensorOf(tensor.name, dequantise(tensor), tensor.dims);
      feeds.set(embedding, known);
    }
    return known;
  }

  /** What prompts and answers are px of. EfficientSAM gives masks in whatever size it is told: as small as it makes them. */
  const answerFrame = (embedding: Embedding) =>
    frameOf(embedding, points.batched ? { ...spec, input: { ...spec.input, size: MASK } } : spec);

  async function ask(request: DecodeRequest): Promise<Answer> {
    const { embedding, previous } = request;
    const frame = answerFrame(embedding);
    // It adds half a px of its own frame, which EfficientSAM's picture is stretched to.
    const half = points.batched
      ? { x: frame.width / spec.input.size / 2, y: frame.height / spec.input.size / 2 }
      : { x: 0.5, y: 0.5 };
    const { coords, labels } = framePoints(request, frame, half, points);
    const key = JSON.stringify([coords, labels]);
    if (!previous && last?.embedding === embedding && last.key === key) return last.answer;
    const n = labels.length;
    const mask = previous ? maskInput(request, frame, spec.input.size) : new Float32Array(MASK * MASK);
    const given: Record<string, () => ReturnType<typeof tensorOf>> = {
      point_coords: () => tensorOf("point_coords", Float32Array.from(coords), [1, n, 2]),
      point_labels: () => tensorOf("point_labels", Float32Array.from(labels), [1, n]),
      batched_point_coords: () => tensorOf("batched_point_coords", Float32Array.from(coords), [1, 1, n, 2]),
      batched_point_labels: () => tensorOf("batched_point_labels", Float32Array.from(labels), [1, 1, n]),
      mask_input: () => tensorOf("mask_input", mask, [1, 1, MASK, MASK]),
      has_mask_input: () => tensorOf("has_mask_input", Float32Array.of(previous ? 1 : 0), [1]),
      // The masks of this size are not used where there are small ones: the fewer px the better.
      orig_im_size: () => tensorOf("orig_im_size", Float32Array.of(frame.height, frame.width), [2]),
    };
    const all: Record<string, ReturnType<typeof tensorOf>> = { ...embeddingFeeds(embedding) };
    for (const name of session.inputNames) {
      if (name in all) continue;
      const make = given[name];
      if (!make) throw odd(`inputs that SAM's decoders have`, name);
      all[name] = make();
    }
    const out = await session.run(all).catch((error: unknown) => {
      throw new ModelError(
        "decode-failed",
        "masks",
        String(error),
        "Try again; reload the page if it stays.",
        error,
      );
    });
    const answer = answerOf(out, frame, spec, points.batched);
    if (!previous) last = { embedding, key, answer };
    return answer;
  }

  return {
    manifest,
    async decode(requests) {
      const decoded: Decoded[] = [];
      for (const request of requests) {
        checkRequest(request, manifest);
        const answer = await ask(request);
        const single = request.points.length === 3;
        decoded.push(cut(answer, request, answerFrame(request.embedding), ranked(answer, single)));
      }
      return decoded;
    },
    release: () => session.release(),
  };
}

/** As the graph wants it: some exports take labels and sizes as whole numbers. */
function typed(
  runtime: Runtime,
  session: Session,
  name: string,
  data: Float32Array,
  dims: readonly number[],
) {
  const type = session.inputMetadata?.find((m) => m.name === name)?.type ?? "float32";
  if (type === "float32") return new runtime.Tensor("float32", data, dims);
  const Any = runtime.Tensor as unknown as new (
    type: string,
    data: Int32Array | BigInt64Array,
    dims: readonly number[],
  ) => InstanceType<Runtime["Tensor"]>;
  if (type === "int32") return new Any("int32", Int32Array.from(data), dims);
  if (type === "int64")
    return new Any(
      "int64",
      BigInt64Array.from(data, (v) => BigInt(Math.round(v))),
      dims,
    );
  throw odd(`"${name}" as float32, int32 or int64`, type);
}

function answerOf(
  out: Readonly<Record<string, Tensor>>,
  frame: Frame,
  { input }: SamSpec,
  batched: boolean,
): Answer {
  const small = out["low_res_masks"];
  const tensor = small ?? out["masks"] ?? out["output_masks"];
  const quality = out[qualityOf(Object.keys(out)) ?? ""];
  if (!(tensor?.data instanceof Float32Array) || !(quality?.data instanceof Float32Array))
    throw odd(`float32 "low_res_masks" or "masks", and "iou_predictions"`, Object.keys(out).join(", "));
  const [height = 0, width = 0] = tensor.dims.slice(-2);
  const count = tensor.data.length / (width * height);
  if (!Number.isInteger(count) || count < 1 || quality.data.length < count)
    throw odd("as many qualities as masks", `[${tensor.dims}] and [${quality.dims}]`);
  // Small masks cover the whole frame, with what is empty of it; large ones only the picture, in the size asked for.
  // EfficientSAM's frame is the picture, stretched.
  const isSmall = small !== undefined || (width === MASK && height === MASK && frame.width !== MASK);
  const whole = isSmall && !batched;
  return {
    masks: tensor.data,
    count,
    width,
    height,
    perX: width / (whole ? input.size : frame.width),
    perY: height / (whole ? input.size : frame.height),
    quality: quality.data,
  };
}

/** Which of a decoder's outputs says how good its masks are. SAM 2 also scores whether there is an object at all. */
export const qualityOf = (names: readonly string[]): string | undefined =>
  names.find((name) => /iou/i.test(name)) ?? names.find((name) => /score/i.test(name));

/**
 * The masks to offer. Of four the first is meant for several prompts, the others for one click, which may mean a part,
 * a thing or a group.
 */
function ranked({ count, quality }: Answer, single: boolean): number[] {
  const by = (masks: number[]) => masks.sort((a, b) => (quality[b] as number) - (quality[a] as number));
  if (count < 4) return by([...Array(count).keys()]).slice(0, MOST);
  const several = by([...Array(count).keys()].slice(1));
  return (single ? several : [0, ...several]).slice(0, MOST);
}

/** The window of some masks, linear between mask px. */
function cut(answer: Answer, { window: w }: DecodeRequest, frame: Frame, which: readonly number[]): Decoded {
  const { width, height, perX, perY } = answer;
  const columns = samples(w.x, w.width, frame.scaleX * perX, width);
  const rows = samples(w.y, w.height, frame.scaleY * perY, height);
  const logits = new Float32Array(which.length * w.width * w.height);
  let to = 0;
  for (const mask of which) {
    const at = mask * width * height;
    for (const row of rows) {
      const a = at + row.from * width;
      const b = at + row.to * width;
      for (const column of columns) {
        const top = mix(answer.masks[a + column.from]!, answer.masks[a + column.to]!, column.share);
        const bottom = mix(answer.masks[b + column.from]!, answer.masks[b + column.to]!, column.share);
        logits[to++] = mix(top, bottom, row.share);
      }
    }
  }
  const quality = Float32Array.from(which, (mask) =>
    Math.min(1, Math.max(0, answer.quality[mask] as number)),
  );
  return { window: w, logits, quality };
}

const mix = (a: number, b: number, share: number) => a + (b - a) * share;

function samples(start: number, count: number, per: number, length: number) {
  return Array.from({ length: count }, (_, i) => {
    const at = Math.min(length - 1, Math.max(0, (start + i + 0.5) * per - 0.5));
    const from = Math.floor(at);
    return { from, to: Math.min(length - 1, from + 1), share: at - from };
  });
}

/** The mask that is corrected, over the whole frame: outside of its window certainly nothing. */
function maskInput({ window: w, previous }: DecodeRequest, frame: Frame, size: number): Float32Array {
  const out = new Float32Array(MASK * MASK).fill(OUTSIDE);
  const step = size / MASK;
  for (let y = 0; y < MASK; y++) {
    const py = Math.floor(((y + 0.5) * step) / frame.scaleY) - w.y;
    if (py < 0 || py >= w.height) continue;
    for (let x = 0; x < MASK; x++) {
      const px = Math.floor(((x + 0.5) * step) / frame.scaleX) - w.x;
      if (px >= 0 && px < w.width) out[y * MASK + x] = previous![py * w.width + px] as number;
    }
  }
  return out;
}

const odd = (expected: string, got: string) =>
  new ModelError("weights-refused", expected, got, "Use an export of SAM's prompt encoder and mask decoder.");
