import type { Contrast } from "../slide.ts";

export interface Place {
  /** Image px. */
  readonly cx: number;
  readonly cy: number;
  /** CSS px per image px. */
  readonly zoom: number;
}

/** What a viewer must do to be measured. */
export interface Contestant {
  open(contrast: readonly Contrast[], place: Place): Promise<void>;
  place(place: Place): void;
  /** Resolves when the picture shows it everywhere. */
  setContrast(contrast: readonly Contrast[]): Promise<void>;
  settled(): Promise<void>;
  /** Colour in the middle of the canvas: red, green, blue. */
  middle(): Promise<number[]>;
  counts(): { requests: number; decodes: number; frames: number };
}

export function nextFrame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
