import { normalise, rangeOf } from "../preprocess.ts";
import { proposeAll } from "../propose.ts";
import { add, averagePrecision, type Counts, match } from "./average-precision.ts";
import { thresholdAndWatershed } from "./baseline.ts";
import type { Pair } from "./dataset.ts";
import { type JobOptions, type Networks, openPair, segmenterFor } from "./job.ts";
import { objectsOf } from "./truth.ts";

/** Hits, false alarms and misses at IoU 0.5 and 0.75. */
export interface Found {
  readonly at50: Counts;
  readonly at75: Counts;
}

export interface EverythingScore {
  readonly name: string;
  readonly network: Found;
  readonly baseline: Found;
}

/** "Everything in this region" over a whole image, beside the baseline on the same image. */
export async function scoreEverything(
  networks: Networks,
  pair: Pair,
  options: JobOptions,
): Promise<EverythingScore> {
  const { pixels, labels } = await openPair(pair);
  const { width, height } = pixels;
  const truth = objectsOf(labels, options.minArea).map((o) => o.mask);
  const found = (masks: Parameters<typeof match>[0]): Found => ({
    at50: match(masks, truth, 0.5),
    at75: match(masks, truth, 0.75),
  });
  const segmenter = segmenterFor(networks, pixels, options.settings);
  const { minArea } = options;
  const ours = await proposeAll(segmenter, { minX: 0, minY: 0, maxX: width, maxY: height }, { minArea });
  const planes = normalise(pixels, rangeOf(pixels, networks.encoder.manifest.normalisation));
  return {
    name: pair.name,
    network: found(ours.map((f) => f.mask)),
    baseline: found(thresholdAndWatershed(planes, minArea)),
  };
}

const NONE: Counts = { hits: 0, alarms: 0, misses: 0 };
const round = (v: number) => Math.round(v * 1e4) / 1e4;

/** AP over all objects together, and (`…_image`) the mean of the images' own. */
export function summariseEverything(scores: readonly EverythingScore[]) {
  const figures = (who: "network" | "baseline", at: "at50" | "at75") => {
    const counts = scores.map((s) => s[who][at]);
    const each = counts.reduce((sum, c) => sum + averagePrecision(c), 0) / Math.max(1, counts.length);
    return [round(averagePrecision(counts.reduce(add, NONE))), round(each)] as const;
  };
  const [ap50, ap50_image] = figures("network", "at50");
  const [ap75, ap75_image] = figures("network", "at75");
  const [baseline_ap50, baseline_ap50_image] = figures("baseline", "at50");
  const [baseline_ap75, baseline_ap75_image] = figures("baseline", "at75");
  const objects = scores.reduce((n, s) => n + s.network.at50.hits + s.network.at50.misses, 0);
  return {
    ap50,
    ap75,
    ap50_image,
    ap75_image,
    baseline_ap50,
    baseline_ap75,
    baseline_ap50_image,
    baseline_ap75_image,
    images: scores.length,
    objects,
  };
}
