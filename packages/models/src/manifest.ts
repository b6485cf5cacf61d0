import { Reader, refuse, weights } from "./manifest-reader.ts";
import { readSam, type SamSpec } from "./sam/manifest.ts";

/** One file of weights. `sha256` is lower-case hex over the whole file. */
export interface WeightsFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** One plane stack of the embedding: `channels` maps of 1/`stride` of the region's size. */
export interface EmbeddingPart {
  readonly name: string;
  readonly channels: number;
  readonly stride: number;
}

/** `coscope` is ours; `sam` and `sam2` are pairs of graphs as SAM and SAM 2 are exported. */
export type Family = "coscope" | "sam" | "sam2";

/**
 * What the code needs to know of a network (`manifest.json` beside the weights holds more: figures, parity, costs).
 * Lengths are pixels of the level that is encoded.
 */
export interface Manifest {
  readonly id: string;
  readonly family: Family;
  readonly title: string;
  readonly license: string;
  readonly source: string;
  readonly encoder: WeightsFile & {
    readonly input: string;
    /** Sides are padded (bottom and right) to a multiple of this … */
    readonly multiple: number;
    /** … and to at least this. */
    readonly min: number;
    /** The largest side that is encoded at once: the grid's cell. */
    readonly region: number;
    readonly fine: EmbeddingPart;
    readonly coarse: EmbeddingPart;
  };
  readonly decoder: WeightsFile & {
    readonly candidates: readonly string[];
    /** Sides of the window round the prompts, ascending. */
    readonly windows: readonly number[];
    /** Window origins are multiples of this, so that they lie on whole embedding cells. */
    readonly originMultiple: number;
    /** Logits of a previous mask are clamped to ± this. */
    readonly previousLimit: number;
  };
  readonly normalisation: { readonly lowPercentile: number; readonly highPercentile: number };
  /** A stored byte b stands for b · scale. */
  readonly quantisation: { readonly scale: number };
  /** Above this diameter, px of the full resolution, the half of the image serves better. */
  readonly levels: { readonly coarserAbove: number };
  /** How SAM's graphs are fed; null for our own family. Their embeddings have no `fine` and `coarse` part. */
  readonly sam: SamSpec | null;
}

function part(r: Reader): EmbeddingPart {
  return {
    name: r.at("name").text(),
    channels: r.at("channels").whole(1, 512),
    stride: r.at("stride").whole(1, 32),
  };
}

/** Checks and narrows a parsed `manifest.json`. Throws ModelError "bad-manifest" with the path of what is wrong. */
export function parseManifest(json: unknown): Manifest {
  const r = new Reader(json);
  const family = r.at("family").value;
  if (family === "sam" || family === "sam2") return readSam(r, family);
  if (family !== "coscope") refuse("family", '"coscope", "sam" or "sam2"', family);
  const e = r.at("encoder");
  const d = r.at("decoder");
  const input = e.at("input");
  const windows = d
    .at("windows")
    .list(16)
    .map((w) => w.whole(32, 2048));
  const multiple = input.at("multiple").whole(1, 256);
  const fine = part(e.at("outputs").at("fine"));
  const coarse = part(e.at("outputs").at("coarse"));
  const originMultiple = d.at("window_origin_multiple").whole(1, 64);
  if (windows.some((w, i) => w % multiple !== 0 || (i > 0 && w <= (windows[i - 1] as number))))
    refuse("decoder.windows", `ascending multiples of ${multiple}`, windows);
  if (
    multiple % coarse.stride !== 0 ||
    originMultiple % coarse.stride !== 0 ||
    coarse.stride % fine.stride !== 0
  )
    refuse("encoder.outputs", "strides that divide each other and the multiples", [
      fine.stride,
      coarse.stride,
    ]);
  const low = r.at("normalisation").at("low_percentile").number(0, 50);
  return {
    id: r.at("id").text(/^[a-z0-9][a-z0-9-]{0,60}$/),
    family: "coscope",
    title: r.at("title").text(),
    license: r.at("license").text(),
    source: r.at("source").text(),
    encoder: {
      ...weights(e),
      input: input.at("name").text(),
      multiple,
      min: input.at("min").whole(multiple, 1024),
      region: input.at("region").whole(256, 4096),
      fine,
      coarse,
    },
    decoder: {
      ...weights(d),
      candidates: d
        .at("candidates")
        .list(8)
        .map((c) => c.text()),
      windows,
      originMultiple,
      previousLimit:
        d.at("previous").at("range").list(2)[1]?.number(0.1, 100) ??
        refuse("decoder.previous.range", "two numbers", null),
    },
    normalisation: {
      lowPercentile: low,
      highPercentile: r.at("normalisation").at("high_percentile").number(low, 100),
    },
    quantisation: { scale: r.at("quantisation").at("scale").number(1e-6, 1) },
    levels: {
      coarserAbove: r.at("levels").at("coarser_above_px").number(1, 10_000),
    },
    sam: null,
  };
}
