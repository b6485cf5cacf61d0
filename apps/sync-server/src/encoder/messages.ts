import type { Cell, ChannelRange, ImageStatistics, Manifest, RegionPlane } from "@coscope/models";
import type { Port } from "@coscope/models/encoder";

/** What passes between the server and the process that reads regions and runs networks. Structured clones. */

export const PROVIDERS = ["cpu", "cuda"] as const;
export type Provider = (typeof PROVIDERS)[number];
export const isProvider = (text: string): text is Provider => PROVIDERS.some((one) => one === text);

/** An image as the worker opens it; the bytes come from the server, which knows where it may read. */
export interface ImageRef {
  readonly key: string;
  readonly url: string;
  /** As it was described: who has it open from before opens it anew. */
  readonly identity?: string;
}

export interface DescribeTask {
  readonly kind: "describe";
  readonly image: ImageRef;
}
export interface StatisticsTask {
  readonly kind: "statistics";
  readonly image: ImageRef;
  readonly channels: readonly number[];
  readonly normalisation: Manifest["normalisation"];
}
export interface EncodeTask {
  readonly kind: "encode";
  readonly image: ImageRef;
  readonly model: { readonly folder: string; readonly sha256: string };
  readonly cell: Cell;
  readonly plane: RegionPlane;
  readonly ranges: readonly ChannelRange[];
}
/** Loads a graph and says what it takes and gives: here, as a damaged one may take its process along. */
export interface CheckTask {
  readonly kind: "check";
  readonly file: string;
}
/** Outlines something with the two graphs of a folder. */
export interface TryTask {
  readonly kind: "try";
  readonly folder: string;
}
/** Answered when the process is not busy. */
export interface PingTask {
  readonly kind: "ping";
}
export type Task = PingTask | DescribeTask | StatisticsTask | EncodeTask | CheckTask | TryTask;

/** What of an image decides about regions and keys. */
export interface ImageFacts {
  readonly width: number;
  readonly height: number;
  readonly sizeZ: number;
  readonly sizeT: number;
  readonly channels: number;
  readonly rgb: boolean;
  /** Changes when the image's files do. */
  readonly identity: string;
}

export interface Encoded {
  /** `packEmbedding`, gzipped. */
  readonly bytes: Uint8Array;
  readonly readMs: number;
  readonly encodeMs: number;
}

export interface Results {
  readonly ping: null;
  readonly describe: ImageFacts;
  readonly statistics: ImageStatistics;
  readonly encode: Encoded;
  readonly check: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
  readonly try: null;
}

export interface Failure {
  /** Of a SourceError, a ModelError, or "failed". */
  readonly code: string;
  readonly message: string;
  readonly next?: string;
}

export interface Settings {
  readonly provider: Provider;
  /** onnxruntime's own, of each network. */
  readonly threads: number;
}

export type ToWorker =
  | { readonly type: "settings"; readonly settings: Settings }
  | { readonly type: "work"; readonly id: number; readonly task: Task }
  | { readonly type: "cancel"; readonly id: number }
  | {
      readonly type: "answer";
      readonly id: number;
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array | null;
    }
  | { readonly type: "unanswered"; readonly id: number; readonly message: string };

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "done"; readonly id: number; readonly result: Results[Task["kind"]] }
  | { readonly type: "failed"; readonly id: number; readonly error: Failure }
  | { readonly type: "note"; readonly message: string }
  | {
      readonly type: "fetch";
      readonly id: number;
      readonly image: string;
      readonly url: string;
      readonly method: "GET" | "HEAD";
      readonly headers: readonly (readonly [string, string])[];
    }
  | { readonly type: "fetch-cancel"; readonly id: number };

/** Host of addresses that are paths of this site: never asked on a network. */
export const SITE = "http://site.invalid";
