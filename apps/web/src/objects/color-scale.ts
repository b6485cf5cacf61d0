import { classPalette, hexFromNumber, numberFromHex } from "../ui/color.ts";
import type { Cell } from "./columns.ts";

/** What a colour stands for. */
export type Scaling =
  | { readonly kind: "numbers"; readonly low: number; readonly high: number }
  | { readonly kind: "kinds"; readonly colors: ReadonlyMap<string, number>; readonly others: number };

/** RGBA of each tone, dark end first: `lutTable`. */
export type Tones = Uint8Array;

/** No value; as quiet as Unclassified. */
export const NO_VALUE = 0x9a9a9a;
/** Beyond the colours that can be told apart. */
export const OTHERS = 0x6e6e6e;

/** Okabe and Ito's, without the greys: those mean "none" and "others". */
const KINDS = classPalette.slice(0, 7).map(({ value }) => numberFromHex(value));
/** A few odd values must not make all others look the same. */
const TAIL = 0.02;
/** Below this many, there are no tails. */
const MANY = 50;

/** Numbers from the second to the ninety-eighth percentile; anything else by how often it comes. */
export function scalingOf(cells: readonly Cell[]): Scaling {
  const given = cells.filter((cell) => cell !== null && cell !== "");
  if (given.length > 0 && given.every((cell) => typeof cell === "number")) {
    const sorted = Float64Array.from(given as number[]).sort();
    const tail = sorted.length < MANY ? 0 : Math.floor(sorted.length * TAIL);
    return { kind: "numbers", low: sorted[tail]!, high: sorted[sorted.length - 1 - tail]! };
  }
  const counts = new Map<string, number>();
  for (const cell of given) counts.set(String(cell), (counts.get(String(cell)) ?? 0) + 1);
  const byCount = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([text]) => text);
  const colors = new Map(byCount.slice(0, KINDS.length).map((text, i) => [text, KINDS[i]!]));
  return { kind: "kinds", colors, others: Math.max(0, byCount.length - KINDS.length) };
}

/** 0xRRGGBB */
export function colorOf(scaling: Scaling, cell: Cell, tones: Tones): number {
  if (cell === null || cell === "") return NO_VALUE;
  if (scaling.kind === "kinds") return scaling.colors.get(String(cell)) ?? OTHERS;
  if (typeof cell !== "number") return NO_VALUE;
  const { low, high } = scaling;
  const tone = high > low ? (cell - low) / (high - low) : 0.5;
  const entry = 4 * Math.round(Math.min(1, Math.max(0, tone)) * (tones.length / 4 - 1));
  return (tones[entry]! << 16) | (tones[entry + 1]! << 8) | tones[entry + 2]!;
}

export const cssOf = (color: number): string => hexFromNumber(color);

export function sameScaling(a: Scaling | null, b: Scaling): boolean {
  if (a?.kind !== b.kind) return false;
  if (a.kind === "numbers") return b.kind === "numbers" && a.low === b.low && a.high === b.high;
  if (b.kind !== "kinds" || a.others !== b.others || a.colors.size !== b.colors.size) return false;
  return [...a.colors].every(([text, color]) => b.colors.get(text) === color);
}
