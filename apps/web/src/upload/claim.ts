import type { Dropped } from "./dropped.ts";

/** Takes some of the files that were dropped; gives back what it leaves to others. */
export type Claim = (files: readonly Dropped[]) => readonly Dropped[];

const claims = new Set<Claim>();

/** What is on screen may have a use for files other than as images. Returns the end of it. */
export function claimDrops(claim: Claim): () => void {
  claims.add(claim);
  return () => void claims.delete(claim);
}

/** Files that nobody claims. */
export const unclaimed = (files: readonly Dropped[]): readonly Dropped[] =>
  [...claims].reduce((rest, claim) => claim(rest), files);

export const hasClaims = (): boolean => claims.size > 0;
