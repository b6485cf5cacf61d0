import type { Cell, Mask, Proposal } from "@coscope/models";
import { pixelIou } from "./outline.ts";
import { outlined } from "./outlined.ts";
import type { Answer, Candidate, ProposeArgs, Region } from "./protocol.ts";
import { over } from "./window.ts";

/** How much alike two candidates may look before one of them is not offered. */
const SAME = 0.93;
/** Answers kept of one object: as many as there may be prompts. */
const KEPT = 80;

interface Kept {
  readonly proposal: Proposal;
  /** The network's own number of each candidate that was offered. */
  readonly indices: readonly number[];
}

/** What was offered for each object, as long as it may be corrected. */
export interface Answers {
  add(object: number, proposal: Proposal, tolerancePx: number): Answer;
  /** What a page means by the candidate of an earlier answer; nulls where it is not known any more. */
  chosen(
    object: number,
    previous: ProposeArgs["previous"],
  ): { readonly proposal: Proposal | null; readonly candidate: number | null };
  forget(object: number): void;
}

export function createAnswers(): Answers {
  const objects = new Map<number, Map<number, Kept>>();
  let last = 0;

  return {
    add(object, proposal, tolerancePx) {
      const offered = candidatesOf(proposal, tolerancePx);
      const id = ++last;
      const kept = objects.get(object) ?? new Map<number, Kept>();
      objects.set(object, kept);
      kept.set(id, { proposal, indices: offered.map(({ index }) => index) });
      if (kept.size > KEPT) kept.delete(kept.keys().next().value as number);
      return {
        id,
        candidates: offered.map(({ parts, score }) => ({ parts, score })),
        region: regionOf(proposal),
      };
    },
    chosen(object, previous) {
      const kept = previous && objects.get(object)?.get(previous.id);
      if (!kept) return { proposal: null, candidate: null };
      return { proposal: kept.proposal, candidate: kept.indices[previous.candidate] ?? null };
    },
    forget(object) {
      objects.delete(object);
    },
  };
}

export const regionOf = ({ views }: Proposal): Region => regionAt(views[0]!.cell);

export const regionAt = ({ scale, x, y }: Cell): Region => ({ scale, x, y });

/** The best first, without those that look like a better one. */
function candidatesOf(proposal: Proposal, tolerancePx: number): (Candidate & { readonly index: number })[] {
  const order = [...new Set([proposal.best, ...proposal.quality.keys()])];
  const masks: Mask[] = [];
  const candidates: (Candidate & { index: number })[] = [];
  for (const index of order) {
    const one = outlined(proposal, index, tolerancePx);
    if (!one && candidates.length > 0) continue;
    if (one && masks.some((m) => alike(m, one.mask))) continue;
    if (one) masks.push(one.mask);
    candidates.push({ parts: one?.parts ?? [], score: proposal.quality[index]!, index });
  }
  return candidates;
}

function alike(a: Mask, b: Mask): boolean {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const window = {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
  return pixelIou(over(a, window), over(b, window).data) > SAME;
}
