import type { InferenceSession, Tensor, TypedTensor } from "onnxruntime-web";

/** What is used of onnxruntime: `onnxruntime-web` in the page's worker, `onnxruntime-node` in tools. */
export interface Runtime {
  readonly Tensor: new (
    type: "float32",
    data: Float32Array,
    dims: readonly number[],
  ) => TypedTensor<"float32">;
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: InferenceSession.SessionOptions): Promise<Session>;
  };
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata?: readonly {
    readonly name: string;
    readonly type?: string;
    /** Sizes that are only known when it runs are names. */
    readonly shape?: readonly (number | string)[];
  }[];
  run(feeds: Record<string, TypedTensor<"float32">>): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}
