import { iou, type Mask } from "../mask.ts";

/** Hits, false alarms and misses at one IoU. */
export interface Counts {
  readonly hits: number;
  readonly alarms: number;
  readonly misses: number;
}

/** One-to-one matching at an IoU of at least `threshold` (≥ 0.5, where it is unique but for exact halves). */
export function match(found: readonly Mask[], truth: readonly Mask[], threshold: number): Counts {
  const pairs: { f: number; t: number; v: number }[] = [];
  found.forEach((a, f) => {
    truth.forEach((b, t) => {
      const apart =
        a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height || b.y >= a.y + a.height;
      if (apart) return;
      const v = iou(a, b);
      if (v >= threshold) pairs.push({ f, t, v });
    });
  });
  const [usedF, usedT] = [new Set<number>(), new Set<number>()];
  for (const { f, t } of pairs.sort((a, b) => b.v - a.v))
    if (!usedF.has(f) && !usedT.has(t)) {
      usedF.add(f);
      usedT.add(t);
    }
  return { hits: usedF.size, alarms: found.length - usedF.size, misses: truth.length - usedF.size };
}

/** TP / (TP + FP + FN), as the 2018 Data Science Bowl, StarDist and Cellpose define it; 1 where there is nothing at all. */
export function averagePrecision({ hits, alarms, misses }: Counts): number {
  const all = hits + alarms + misses;
  return all === 0 ? 1 : hits / all;
}

export const add = (a: Counts, b: Counts): Counts => ({
  hits: a.hits + b.hits,
  alarms: a.alarms + b.alarms,
  misses: a.misses + b.misses,
});
