import type { StrandedWork } from "../session/stranded-work.ts";
import { plural } from "./format.ts";

/** What is known of the image: its name, null where it is not on this server any more. */
export type ImageName = string | null | undefined;

/** "Ada's 3 changes" */
export function whoseChanges({ name, entries }: Pick<StrandedWork, "name" | "entries">): string {
  return `${name === null ? "Somebody else" : name}'s ${plural(entries.length, "change")}`;
}

/** "Ada's 3 changes on “Slide” were never sent from this browser." */
export function strandedText(work: StrandedWork, image: ImageName): string {
  const where =
    image === null ? " on an image that is not here any more" : image === undefined ? "" : ` on “${image}”`;
  const were = work.entries.length === 1 ? "was" : "were";
  return `${whoseChanges(work)}${where} ${were} never sent from this browser.`;
}

/** Why they are still here, and whose they may become. */
export function strandedNote({ name, mayAdopt, entries }: StrandedWork, image: ImageName): string {
  const they = entries.length === 1 ? "it" : "them";
  if (image === null) return `Save ${they} as a file first: there is nothing to add ${they} to.`;
  if (name === null) return `Coscope cannot tell who made ${they}. A file of ${they} can be imported.`;
  if (!mayAdopt) return `Only ${name} can send ${they}: sign in as ${name}.`;
  return `${name} was a guest here and that session has ended. Add ${they} only if ${name} is you, or agrees.`;
}

/** A few words for the pill; empty where there is nothing. */
export function strandedShort(works: readonly StrandedWork[]): string {
  const count = works.reduce((sum, { entries }) => sum + entries.length, 0);
  return count === 0 ? "" : `${count} never sent`;
}
