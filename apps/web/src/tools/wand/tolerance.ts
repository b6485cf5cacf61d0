import { createStore } from "../../state/store.ts";
import { createRemembered } from "../../ui/remembered.ts";

/** Shares of the range of contrast. */
export const TOLERANCE = { least: 0.005, most: 0.6 } as const;

/** How different from the pixel pressed still counts as alike; each press starts from it. */
export const wandTolerance = createRemembered(
  "wandTolerance",
  0.12,
  (found): found is number =>
    typeof found === "number" && found >= TOLERANCE.least && found <= TOLERANCE.most,
);

/** While the wand is dragged: the tolerance of what is shown, which the next press starts from if it is taken. */
export const draggedTo = createStore<number | null>(null);

/** @param dxCss how far the mouse was dragged to the right */
export function draggedTolerance(start: number, dxCss: number): number {
  // Doubling over the same way wherever it starts: small tolerances want fine steps.
  return Math.max(TOLERANCE.least, Math.min(TOLERANCE.most, start * 2 ** (dxCss / 80)));
}

export const percent = (tolerance: number): string =>
  `${(tolerance * 100).toFixed(tolerance < 0.1 ? 1 : 0)} %`;
