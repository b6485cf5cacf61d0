import {
  type Mask,
  maskScale,
  type Proposal,
  promptsAt,
  proposedMask,
  type Scale,
  trim,
} from "@coscope/models";
import { tidyMask } from "./mask-cleanup.ts";
import { outlineOfLevel } from "./outline.ts";
import type { Parts } from "./protocol.ts";

/** One reading of the prompts. */
export interface Outlined {
  /** Clean; px of the level that `maskScale` says. */
  readonly mask: Mask;
  /** Image px. */
  readonly parts: Parts;
}

/** A candidate as one object with its outline; null where nothing is inside. */
export function outlined(proposal: Proposal, candidate: number, tolerancePx: number): Outlined | null {
  const scale = maskScale(proposal);
  const mask = cleanMask(proposal, candidate, scale);
  return mask && { mask, parts: outlineOfLevel(mask, scale, tolerancePx) };
}

/** The same as px of a level. */
export function cleanMask(proposal: Proposal, candidate: number, scale: Scale): Mask | null {
  const mask = trim(proposedMask(proposal, candidate, scale));
  return mask && trim(tidyMask(mask, promptsAt(proposal.prompts, scale)));
}

/** CSS px an image px: outlines are as exact as half a CSS px. */
export const zoomFor = (tolerancePx: number): number => 0.5 / tolerancePx;
