/** One measured quantity. `ratio` > 1 always means that ours is better. */
export interface Metric {
  readonly metric: string;
  readonly ours: number;
  /** The peer's figure in the same run, or null where no peer has the operation. */
  readonly peer: number | null;
  readonly ratio: number | null;
  readonly unit: string;
  /** What ours may be at most: the promise. */
  readonly allowed?: number;
}

/** Those whose promise was not kept. */
export const missed = (metrics: readonly Metric[]): Metric[] =>
  metrics.filter(({ ours, allowed }) => allowed !== undefined && ours > allowed);

export interface BenchOptions {
  /** The short form: less than 60 s. */
  readonly quick: boolean;
}

export type Bench = (options: BenchOptions) => Promise<Metric[]>;

/** A metric of which less is better (time, bytes, requests). A peer of 0 against ours of 0 is a tie. */
export function lowerIsBetter(metric: string, ours: number, peer: number | null, unit: string): Metric {
  const ratio = peer === null ? null : ours === 0 ? (peer === 0 ? 1 : Number.POSITIVE_INFINITY) : peer / ours;
  return { metric, ours, peer, ratio: ratio !== null && Number.isFinite(ratio) ? round(ratio) : null, unit };
}

const round = (value: number) => Math.round(value * 1000) / 1000;

/** The value below which `share` (0..1) of the samples lie. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new Error("quantile of no samples");
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}
