import type { Modifiers, ToolHost } from "../tool.ts";
import { correctedArea } from "./correcting.ts";
import type { PromptObject } from "./object.ts";
import type { OutliningHost } from "./outlining-host.ts";
import type { Review } from "./review.ts";

export interface HintState {
  readonly host: ToolHost;
  readonly page: Pick<OutliningHost, "isProjected">;
  readonly review: Pick<Review, "searching" | "open">;
  readonly object: PromptObject | null;
  readonly held: Modifiers;
}

/** What can be done now, in the line below the picture. */
export function hintFor(state: HintState): string {
  const { z } = state.host.plane();
  const plane = state.page.isProjected() ? `Plane Z ${z + 1} is outlined, not the projection · ` : "";
  return plane + whatNext(state);
}

function whatNext({ host, review, object, held }: HintState): string {
  if (review.searching) return "Looking for everything in view · Esc: stop";
  if (object) {
    const more = object.candidates > 1 ? " · Tab: another reading" : "";
    const keep = object.refined ? "Enter: keep the correction" : "Enter: keep";
    return `${keep} · Click: also this · Alt-click: not this${more} · Esc: discard`;
  }
  if (review.open) return "Click: keep one · Alt-click: turn one down · J: next one · Esc: end";
  if (correctedArea(host))
    return "Click: add to the selected area · Alt-click: take away · Esc: outline others";
  if (held.alt) return "Click on the object first";
  return "Click on an object · Drag: a box round it · Shift+S: everything in view";
}
