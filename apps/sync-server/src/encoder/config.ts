import { availableParallelism } from "node:os";
import type { Provider } from "./messages.ts";

/** How the encoder runs; an operator sets some of it, tests all. */
export interface EncoderConfig {
  /** Processes that read and encode. */
  readonly workers: number;
  /** onnxruntime's threads in each. */
  readonly threads: number;
  readonly provider: Provider;
  /** Room for embeddings, bytes. */
  readonly cacheBytes: number;
  /** A process is ended above this, bytes. */
  readonly memoryBytes: number;
  /** Regions that one person, and all together, may have waiting. */
  readonly perUser: number;
  readonly total: number;
  /** Of one region, ms. */
  readonly limitMs: number;
  /** For tests: another program than the worker. */
  readonly program?: string;
}

/** What is left out, as it suits this machine: half of its cores, as the other half serves pixels and people. */
export function encoderConfig(given: Partial<EncoderConfig> = {}): EncoderConfig {
  return {
    workers: Math.max(1, Math.min(4, availableParallelism() >> 1)),
    threads: 1,
    provider: "cpu",
    cacheBytes: 2e9,
    memoryBytes: 4 * 2 ** 30,
    perUser: 32,
    total: 256,
    limitMs: 120_000,
    ...given,
  };
}
