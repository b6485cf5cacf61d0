import { ModelError } from "./errors.ts";

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

/**
 * What the code needs to know of a network of our own family (`manifest.json` beside the weights holds more: figures,
 * parity, costs). Lengths are pixels of the level that is encoded.
 */
export interface Manifest {
  readonly id: string;
  readonly family: "coscope";
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
}

const refuse = (path: string, expected: string, got: unknown): never => {
  throw new ModelError(
    "bad-manifest",
    `${expected} at "${path}"`,
    got === undefined ? "nothing" : JSON.stringify(got)?.slice(0, 80),
    "Take manifest.json from the same release as the weights.",
  );
};

class Reader {
  readonly value: unknown;
  readonly path: string;
  constructor(value: unknown, path = "") {
    this.value = value;
    this.path = path;
  }
  at(key: string): Reader {
    const path = this.path ? `${this.path}.${key}` : key;
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value))
      return refuse(this.path || "(root)", "an object", this.value);
    return new Reader((this.value as Record<string, unknown>)[key], path);
  }
  text(pattern = /^[^\0]{1,500}$/): string {
    if (typeof this.value !== "string" || !pattern.test(this.value))
      return refuse(this.path, `text like ${pattern}`, this.value);
    return this.value;
  }
  number(min: number, max: number): number {
    if (typeof this.value !== "number" || !(this.value >= min && this.value <= max))
      return refuse(this.path, `a number from ${min} to ${max}`, this.value);
    return this.value;
  }
  whole(min: number, max: number): number {
    const n = this.number(min, max);
    return Number.isInteger(n) ? n : refuse(this.path, "a whole number", n);
  }
  list(max: number): Reader[] {
    if (!Array.isArray(this.value) || this.value.length === 0 || this.value.length > max)
      return refuse(this.path, `a list of 1 to ${max}`, this.value);
    return this.value.map((v, i) => new Reader(v, `${this.path}[${i}]`));
  }
}

/** Half a gigabyte: far above any network meant for this, far below what hurts the process that reads it. */
const MAX_WEIGHTS = 512 * 1024 * 1024;

function weights(r: Reader): WeightsFile {
  return {
    // a name, never a path: what a manifest names lies beside it
    file: r.at("file").text(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,100}$/),
    bytes: r.at("bytes").whole(1, MAX_WEIGHTS),
    sha256: r.at("sha256").text(/^[0-9a-f]{64}$/),
  };
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
  if (r.at("family").value !== "coscope") refuse("family", '"coscope"', r.at("family").value);
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
  };
}
