import type { Contrast } from "../slide.ts";
import { type Contestant, nextFrame, type Place } from "./contestant.ts";
import { createOurs } from "./ours.ts";
import { createPeer } from "./peer.ts";

/** What the benchmark calls in the page. */
export interface BenchPage {
  open(contrast: readonly Contrast[], place: Place): Promise<void>;
  place(place: Place): void;
  setContrast(contrast: readonly Contrast[]): Promise<ContrastChange>;
  /** Moves the view in a straight line, a step a frame; resolves at the end. */
  pan(from: Place, to: Place, frames: number): Promise<void>;
  settled(): Promise<void>;
  middle(): Promise<number[]>;
}

export interface ContrastChange {
  readonly requests: number;
  readonly decodes: number;
  readonly frames: number;
  /** From the call to the frame that shows it everywhere. */
  readonly ms: number;
}

const stage = document.querySelector<HTMLElement>("#stage")!;
const contestant: Contestant = location.search === "?peer" ? createPeer(stage) : createOurs(stage);

const page: BenchPage = {
  open: (contrast, place) => contestant.open(contrast, place),
  place: (place) => contestant.place(place),
  async setContrast(contrast) {
    const before = contestant.counts();
    const start = performance.now();
    await contestant.setContrast(contrast);
    const ms = performance.now() - start;
    // What it set going behind the frame counts as well.
    for (let i = 0; i < 5; i++) await nextFrame();
    const after = contestant.counts();
    return {
      requests: after.requests - before.requests,
      decodes: after.decodes - before.decodes,
      frames: after.frames - before.frames,
      ms,
    };
  },
  async pan(from, to, frames) {
    for (let i = 0; i <= frames; i++) {
      const share = i / frames;
      contestant.place({
        cx: from.cx + (to.cx - from.cx) * share,
        cy: from.cy + (to.cy - from.cy) * share,
        zoom: from.zoom,
      });
      await nextFrame();
    }
  },
  settled: () => contestant.settled(),
  middle: () => contestant.middle(),
};

Object.assign(window, { bench: page });
