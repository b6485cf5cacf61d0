import type { Family, Manifest } from "../manifest.ts";
import { type Reader, refuse, weights } from "../manifest-reader.ts";

/** One tensor of the embedding: what the encoder calls it, and what the decoder does. */
export interface SamTensor {
  readonly output: string;
  readonly input: string;
}

/** How SAM's two graphs are fed. */
export interface SamSpec {
  readonly input: {
    readonly name: string;
    /** [1, 3, height, width], or [height, width, 3] for exports that do the rest themselves. */
    readonly layout: "NCHW" | "HWC";
    /** The value of full brightness, before mean and deviation. */
    readonly range: 1 | 255;
    readonly mean: readonly [number, number, number];
    readonly std: readonly [number, number, number];
    /** Side of the frame that a region is brought to. */
    readonly size: number;
    /** "longest": proportions stay, the rest below or to the right is empty. "stretch": both sides fill the frame. */
    readonly resize: "longest" | "stretch";
    /** Whether the encoder wants the whole frame, or takes what is not empty of it. */
    readonly padded: boolean;
  };
  readonly tensors: readonly SamTensor[];
}

const NAME = /^[A-Za-z0-9_.:/-]{1,100}$/;
/** The grid's cell: SAM's own frame. */
const REGION = 1024;
const NO_PART = { name: "", channels: 0, stride: 4 };
/** Logits of SAM reach further than ours. */
const PREVIOUS_LIMIT = 32;
/** SAM has seen photographs: an object may fill most of its frame before a coarser level serves better. */
const COARSER_ABOVE = 600;

function three(r: Reader, min: number, max: number): [number, number, number] {
  const values = r.list(3).map((v) => v.number(min, max));
  if (values.length !== 3) refuse(r.path, "three numbers", values);
  return values as [number, number, number];
}

function one<const Values extends readonly (string | number | boolean)[]>(
  r: Reader,
  values: Values,
): Values[number] {
  const found = values.find((v) => v === r.value);
  return found ?? refuse(r.path, `one of ${values.join(", ")}`, r.value);
}

/** A manifest of the families `sam` and `sam2`; `coscope models add` writes them. */
export function readSam(r: Reader, family: Exclude<Family, "coscope">): Manifest {
  const e = r.at("encoder");
  const d = r.at("decoder");
  const input = e.at("input");
  const low = r.at("normalisation").at("low_percentile").number(0, 50);
  return {
    id: r.at("id").text(/^[a-z0-9][a-z0-9.-]{0,60}$/),
    family,
    title: r.at("title").text(),
    license: r.at("license").text(),
    source: r.at("source").text(),
    encoder: {
      ...weights(e),
      input: input.at("name").text(NAME),
      multiple: 32,
      min: 128,
      region: REGION,
      fine: NO_PART,
      coarse: NO_PART,
    },
    decoder: {
      ...weights(d),
      candidates: d
        .at("candidates")
        .list(4)
        .map((c) => c.text()),
      windows: [256, 512, REGION],
      originMultiple: 4,
      previousLimit: PREVIOUS_LIMIT,
    },
    normalisation: {
      lowPercentile: low,
      highPercentile: r.at("normalisation").at("high_percentile").number(low, 100),
    },
    quantisation: { scale: 1 },
    levels: { coarserAbove: COARSER_ABOVE },
    sam: {
      input: {
        name: input.at("name").text(NAME),
        layout: one(input.at("layout"), ["NCHW", "HWC"]),
        range: one(input.at("range"), [1, 255]),
        mean: three(input.at("mean"), -1e4, 1e4),
        std: three(input.at("std"), 1e-6, 1e4),
        size: input.at("size").whole(256, 2048),
        resize: one(input.at("resize"), ["longest", "stretch"]),
        padded: one(input.at("padded"), [true, false]),
      },
      tensors: e
        .at("outputs")
        .list(8)
        .map((t) => ({ output: t.at("output").text(NAME), input: t.at("input").text(NAME) })),
    },
  };
}
