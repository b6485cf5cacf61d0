import type { Well } from "./collection.ts";

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** Where a key leads: the nearest imaged well in that direction, in the same row or column first. */
export function nextWell(
  wells: readonly Well[],
  from: Well,
  { key, ctrlKey }: { readonly key: string; readonly ctrlKey: boolean },
): Well | null {
  if (key === "Home" || key === "End") {
    const among = ctrlKey ? wells : wells.filter(({ row }) => row === from.row);
    return among.at(key === "Home" ? 0 : -1) ?? null;
  }
  const step = STEPS[key];
  if (!step) return null;
  const [down, right] = step;
  let best: Well | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const well of wells) {
    const rows = well.row - from.row;
    const columns = well.column - from.column;
    const ahead = rows * down + columns * right;
    if (ahead <= 0) continue;
    const aside = Math.abs(rows * right + columns * down);
    // A well further on in the line comes before one beside it.
    const cost = ahead + aside * 100;
    if (cost < least) [best, least] = [well, cost];
  }
  return best;
}
