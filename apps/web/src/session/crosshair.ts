import { canvasMark } from "./canvas-mark.ts";

/** The keyboard's pointer: a cross over the canvas, placed in CSS px of the canvas. */
export interface Crosshair {
  at(): { readonly x: number; readonly y: number } | null;
  show(x: number, y: number): void;
  hide(): void;
  destroy(): void;
}

export function createCrosshair(element: HTMLElement): Crosshair {
  // Two lines, light with a dark edge.
  const mark = canvasMark(
    element,
    "crosshair",
    "width:33px;height:33px;margin:-16.5px 0 0 -16.5px;" +
      "background:linear-gradient(#fff,#fff) center/1px 100% no-repeat,linear-gradient(#fff,#fff) center/100% 1px no-repeat;" +
      "filter:drop-shadow(0 0 1px #000) drop-shadow(0 0 1px #000)",
  );
  let at: { x: number; y: number } | null = null;
  return {
    at: () => at,
    show(x, y) {
      at = { x, y };
      mark.hidden = false;
      mark.style.transform = `translate(${x}px, ${y}px)`;
    },
    hide() {
      at = null;
      mark.hidden = true;
    },
    destroy: () => mark.remove(),
  };
}
