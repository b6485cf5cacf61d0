interface XY {
  readonly x: number;
  readonly y: number;
}

/** Air between the line and its label, and between the label and the window's edge, CSS px. */
const GAP = 8;
const MARGIN = { x: 56, y: 22 };

/**
 * Where the length is written: at the middle of what is seen of the line, above a line that lies, right of one that
 * stands. It does not turn with the line and changes sides at 45° alone. CSS px of the canvas: `above` means that the
 * label's lower edge is centred there, `right` its left edge.
 */
export function placeLabel(
  from: XY,
  to: XY,
  canvas: { readonly width: number; readonly height: number },
): XY & { readonly side: "above" | "right" } {
  const side = Math.abs(to.x - from.x) >= Math.abs(to.y - from.y) ? "above" : "right";
  const [start, end] = visiblePart(from, to, canvas);
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const within = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));
  return side === "above"
    ? {
        side,
        x: Math.round(within(middle.x, MARGIN.x, canvas.width - MARGIN.x)),
        y: Math.round(within(middle.y - GAP, MARGIN.y + GAP, canvas.height - GAP)),
      }
    : {
        side,
        x: Math.round(within(middle.x + GAP, GAP, canvas.width - 2 * MARGIN.x)),
        y: Math.round(within(middle.y, MARGIN.y, canvas.height - MARGIN.y)),
      };
}

/** The part of a line inside the canvas (Liang and Barsky); all of it where none is. */
function visiblePart(from: XY, to: XY, { width, height }: { width: number; height: number }): [XY, XY] {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  let first = 0;
  let last = 1;
  for (const [step, room] of [
    [-dx, from.x],
    [dx, width - from.x],
    [-dy, from.y],
    [dy, height - from.y],
  ] as const) {
    if (step === 0) continue;
    const share = room / step;
    if (step < 0) first = Math.max(first, share);
    else last = Math.min(last, share);
  }
  if (first > last) return [from, to];
  const at = (share: number) => ({ x: from.x + dx * share, y: from.y + dy * share });
  return [at(first), at(last)];
}
