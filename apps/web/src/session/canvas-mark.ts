/** Something small that is drawn over the canvas and moved often. Styled inline: it is there whatever the theme. */
export function canvasMark(canvas: HTMLElement, className: string, style: string): HTMLElement {
  const mark = document.createElement("div");
  mark.className = className;
  mark.setAttribute("aria-hidden", "true");
  mark.hidden = true;
  mark.style.cssText = `position:absolute;left:0;top:0;pointer-events:none;z-index:3;${style}`;
  canvas.append(mark);
  return mark;
}
