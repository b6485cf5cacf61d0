import type { Plane } from "@coscope/annotations/geometry";
import { containsPoint, type Geometry, imagePoint } from "@coscope/annotations/geometry";
import type { Searched, Suggestion } from "../../masks/protocol.ts";
import type { XY } from "../tool.ts";

export interface Suggested {
  readonly geometry: Geometry;
  readonly suggestion: Suggestion;
}

/** What "everything in this region" found, while it is gone through: from the best down. */
export class Suggestions {
  readonly leftOut: number;
  #open: readonly Suggested[];
  #threshold: number;
  #current: Suggested | null = null;
  accepted = 0;

  constructor({ found, leftOut }: Searched, plane: Plane, threshold: number) {
    this.leftOut = leftOut;
    this.#threshold = threshold;
    this.#open = found.flatMap((suggestion) =>
      suggestion.parts.length > 0
        ? [{ suggestion, geometry: { kind: "polygon", plane, parts: suggestion.parts } as const }]
        : [],
    );
  }

  get threshold(): number {
    return this.#threshold;
  }

  set threshold(score: number) {
    this.#threshold = score;
    if (this.#current && this.#current.suggestion.score < score) this.#current = null;
  }

  get total(): number {
    return this.#open.length;
  }

  get current(): Suggested | null {
    return this.#current;
  }

  shown(): readonly Suggested[] {
    return this.#open.filter(({ suggestion }) => suggestion.score >= this.#threshold);
  }

  at({ x, y }: XY): Suggested | null {
    const point = imagePoint(x, y);
    return this.shown().find(({ geometry }) => containsPoint(geometry, point)) ?? null;
  }

  /** The next one, or the one before: in reading order of their scores, round and round. */
  step(by: 1 | -1): Suggested | null {
    const shown = this.shown();
    if (shown.length === 0) return null;
    const at = this.#current ? shown.indexOf(this.#current) : by > 0 ? -1 : 0;
    this.#current = shown[(at + by + shown.length) % shown.length]!;
    return this.#current;
  }

  /** Whether it is still to be accepted or turned down. */
  has(one: Suggested): boolean {
    return this.#open.includes(one);
  }

  /** Takes one out of the list, accepted or turned down; the one after it becomes the current one. */
  settle(one: Suggested): void {
    const shown = this.shown();
    const at = shown.indexOf(one);
    if (this.#current === one) this.#current = shown[at + 1] ?? shown[at - 1] ?? null;
    this.#open = this.#open.filter((other) => other !== one);
  }
}

/** From amber (unsure) to green-blue (sure), 0xRRGGBB: apart for every kind of colour vision. */
export function scoreColor(score: number): number {
  const t = Math.min(1, Math.max(0, (score - 0.3) / 0.6));
  const mix = (a: number, b: number) => Math.round(a + (b - a) * t);
  return (mix(0xe6, 0x35) << 16) | (mix(0x9f, 0xd0) << 8) | mix(0x00, 0xc8);
}
