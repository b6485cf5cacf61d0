import type { BrushCircle } from "../tools/tool.ts";
import { canvasMark } from "./canvas-mark.ts";

/** The rim of the brush, over the canvas. */
export interface BrushCursor {
  show(circle: BrushCircle | null): void;
  destroy(): void;
}

export function createBrushCursor(element: HTMLElement): BrushCursor {
  // A light line with a dark edge on either side.
  const mark = canvasMark(
    element,
    "brush-cursor",
    "box-sizing:border-box;border:1.25px solid #fff;border-radius:50%;" +
      "box-shadow:0 0 0 1px rgb(0 0 0/60%),inset 0 0 0 1px rgb(0 0 0/60%)",
  );
  let size = -1;
  return {
    show(circle) {
      mark.hidden = circle === null;
      if (!circle) return;
      const { at, radius, erases } = circle;
      if (radius !== size) {
        size = radius;
        mark.style.width = `${2 * radius}px`;
        mark.style.height = `${2 * radius}px`;
      }
      mark.style.borderStyle = erases ? "dashed" : "solid";
      mark.style.transform = `translate(${at.x - radius}px, ${at.y - radius}px)`;
    },
    destroy: () => mark.remove(),
  };
}
