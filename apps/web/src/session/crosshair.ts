/** The keyboard's pointer: a cross over the canvas, placed in CSS px of the canvas. */
export interface Crosshair {
  at(): { readonly x: number; readonly y: number } | null;
  show(x: number, y: number): void;
  hide(): void;
  destroy(): void;
}

export function createCrosshair(element: HTMLElement): Crosshair {
  const mark = document.createElement("div");
  mark.className = "crosshair";
  mark.setAttribute("aria-hidden", "true");
  mark.hidden = true;
  // Drawn inline so that it is there whatever the theme: two lines, light with a dark edge.
  mark.style.cssText =
    "position:absolute;left:0;top:0;width:33px;height:33px;margin:-16.5px 0 0 -16.5px;pointer-events:none;z-index:3;" +
    "background:linear-gradient(#fff,#fff) center/1px 100% no-repeat,linear-gradient(#fff,#fff) center/100% 1px no-repeat;" +
    "filter:drop-shadow(0 0 1px #000) drop-shadow(0 0 1px #000)";
  element.append(mark);
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
