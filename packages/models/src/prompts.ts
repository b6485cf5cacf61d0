import { PointLabel } from "./decoder.ts";
import { ModelError } from "./errors.ts";

/** What a person says about one object. Image px of the full resolution, pixel centres at +0.5. */
export type Prompt =
  | { readonly kind: "point"; readonly x: number; readonly y: number; readonly inside: boolean }
  | {
      readonly kind: "box";
      readonly minX: number;
      readonly minY: number;
      readonly maxX: number;
      readonly maxY: number;
    };

/** More than anybody clicks on one object. */
export const MAX_PROMPTS = 64;

/** Throws ModelError "bad-prompt" for what is no prompt on an image of this size: NaN, outside, an empty box, too many. */
export function checkPrompts(prompts: readonly Prompt[], image: { width: number; height: number }): void {
  const refuse = (expected: string, got: unknown, next = "Click on the image."): never => {
    throw new ModelError("bad-prompt", expected, JSON.stringify(got), next);
  };
  if (prompts.length === 0 || prompts.length > MAX_PROMPTS)
    refuse(`1 to ${MAX_PROMPTS} prompts`, prompts.length, "Accept or drop this proposal and start another.");
  if (prompts.filter((p) => p.kind === "box").length > 1)
    refuse("one box at most", prompts, "Drop the other box.");
  if (!prompts.some((p) => p.kind === "box" || p.inside))
    refuse("a click inside the object, or a box", prompts, "Click on the object first.");
  for (const p of prompts) {
    const values = p.kind === "point" ? [p.x, p.y] : [p.minX, p.minY, p.maxX, p.maxY];
    if (!values.every(Number.isFinite)) refuse("finite coordinates", p);
    if (p.kind === "point" && !(p.x >= 0 && p.y >= 0 && p.x <= image.width && p.y <= image.height))
      refuse(`a point within ${image.width} × ${image.height}`, p);
    if (p.kind === "box") {
      if (!(p.maxX > p.minX && p.maxY > p.minY))
        refuse("a box with an area", p, "Drag from one corner to the other.");
      if (p.maxX <= 0 || p.maxY <= 0 || p.minX >= image.width || p.minY >= image.height)
        refuse("a box on the image", p);
    }
  }
}

/** [n, 3] rows of x, y, label at `scale` (level px per image px), relative to (offsetX, offsetY) of the level. */
export function pointsOf(
  prompts: readonly Prompt[],
  scale: number,
  offsetX: number,
  offsetY: number,
): Float32Array {
  const rows: number[] = [];
  const add = (x: number, y: number, label: number) =>
    rows.push(x * scale - offsetX, y * scale - offsetY, label);
  for (const p of prompts)
    if (p.kind === "point") add(p.x, p.y, p.inside ? PointLabel.inside : PointLabel.outside);
    else {
      add(p.minX, p.minY, PointLabel.boxTopLeft);
      add(p.maxX, p.maxY, PointLabel.boxBottomRight);
    }
  return Float32Array.from(rows);
}

/** The same prompts in px of a level. */
export function promptsAt(prompts: readonly Prompt[], scale: number): readonly Prompt[] {
  if (scale === 1) return prompts;
  return prompts.map((p) =>
    p.kind === "point"
      ? { ...p, x: p.x * scale, y: p.y * scale }
      : {
          ...p,
          minX: p.minX * scale,
          minY: p.minY * scale,
          maxX: p.maxX * scale,
          maxY: p.maxY * scale,
        },
  );
}

/** The rectangle round all prompts. */
export function extentOf(prompts: readonly Prompt[]): {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
} {
  let [minX, minY, maxX, maxY] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const p of prompts) {
    minX = Math.min(minX, p.kind === "point" ? p.x : p.minX);
    minY = Math.min(minY, p.kind === "point" ? p.y : p.minY);
    maxX = Math.max(maxX, p.kind === "point" ? p.x : p.maxX);
    maxY = Math.max(maxY, p.kind === "point" ? p.y : p.maxY);
  }
  return { minX, minY, maxX, maxY };
}
