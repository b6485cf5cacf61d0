import type { BrushCircle } from "../tools/tool.ts";

/** The rim of the brush, over the canvas. */
export interface BrushCursor {
  show(circle: BrushCircle | null): void;
  destroy(): void;
}

export function createBrushCursor(element: HTMLElement): BrushCursor {
  const mark = document.createElement("div");
  mark.className = "brush-cursor";
  mark.setAttribute("aria-hidden", "true");
  mark.hidden = true;
  // Drawn inline so that it is there whatever the theme: a light line with a dark edge on either side.
  mark.style.cssText =
    "position:absolute;left:0;top:0;box-sizing:border-box;border:1.25px solid #fff;border-radius:50%;" +
    "pointer-events:none;z-index:3;box-shadow:0 0 0 1px rgb(0 0 0/60%),inset 0 0 0 1px rgb(0 0 0/60%)";
  element.append(mark);
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
