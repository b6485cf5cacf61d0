import type { DecodeRequest } from "../decoder.ts";
import type { Session } from "../runtime.ts";
import type { Frame } from "./frame.ts";

/** How a graph takes prompts. */
export interface PointInputs {
  /** EfficientSAM's: of several objects at once, of which we ask for one. */
  readonly batched: boolean;
  /** As many as it looks at. */
  readonly most: number;
  /** What it wants exactly so many of; null where any number will do. */
  readonly fixed: number | null;
}

/** EfficientSAM leaves out those after the sixth, and fills up by itself. */
const BATCHED_MOST = 6;
/** The first, or a box, says which object is meant. */
const FIRST = 2;

export function pointInputsOf({ inputNames, inputMetadata }: Session): PointInputs {
  const batched = inputNames.includes("batched_point_coords");
  const name = batched ? "batched_point_coords" : "point_coords";
  const count = inputMetadata?.find((one) => one.name === name)?.shape?.at(-2);
  const fixed = typeof count === "number" && count > 0 ? count : null;
  return {
    batched,
    fixed,
    most: Math.min(fixed ?? Number.POSITIVE_INFINITY, batched ? BATCHED_MOST : 1_000),
  };
}

/**
 * Prompts as [n · 2] px of the frame and [n] labels. Where there are more than the graph looks at, the first and the
 * latest ones count. `half`: what it adds to each coordinate by itself, px of the frame.
 */
export function framePoints(
  { window, points }: DecodeRequest,
  frame: Frame,
  half: { readonly x: number; readonly y: number },
  { batched, most, fixed }: PointInputs,
): { coords: number[]; labels: number[] } {
  const given = points.length / 3;
  const kept = Array.from({ length: given }, (_, i) => i).filter(
    (i) => i < FIRST || i >= given - most + FIRST,
  );
  const coords = kept.flatMap((i) => [
    ((points[i * 3] as number) + window.x) * frame.scaleX - half.x,
    ((points[i * 3 + 1] as number) + window.y) * frame.scaleY - half.y,
  ]);
  const labels = kept.map((i) => points[i * 3 + 2] as number);
  // Without a box SAM was trained with one point more, which says nothing.
  const fill = fixed !== null ? fixed - labels.length : batched || labels.some((label) => label >= 2) ? 0 : 1;
  for (let i = 0; i < fill; i++) {
    coords.push(0, 0);
    labels.push(-1);
  }
  return { coords, labels };
}
