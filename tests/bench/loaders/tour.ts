import { SLIDE } from "../viewer/slide.ts";

/** What is on screen at one moment: a level, and tiles of it by column and row. */
export interface Step {
  readonly level: number;
  readonly tiles: readonly { readonly x: number; readonly y: number }[];
}

const SCREEN = { width: 1280, height: 800 };
export const STEPS_PER_SECOND = 5;

interface Stop {
  /** Seconds that it takes to get here. */
  readonly seconds: number;
  readonly cx: number;
  readonly cy: number;
  /** Screen pixels per image pixel. */
  readonly zoom: number;
}

const HOME = { cx: SLIDE.size / 2, cy: SLIDE.size / 2, zoom: SCREEN.height / SLIDE.size };

/** Looking around for a minute: in, along, out, a flick across, in elsewhere, back to where it began. */
const STOPS: readonly Stop[] = [
  { seconds: 2, ...HOME },
  { seconds: 6, cx: 9000, cy: 11_000, zoom: 1 },
  { seconds: 10, cx: 16_000, cy: 11_400, zoom: 1 },
  { seconds: 4, cx: 16_000, cy: 12_000, zoom: 0.2 },
  { seconds: 6, cx: 26_000, cy: 20_000, zoom: 0.2 },
  { seconds: 6, cx: 25_000, cy: 21_000, zoom: 2 },
  { seconds: 10, cx: 22_500, cy: 23_000, zoom: 2 },
  { seconds: 8, cx: 9000, cy: 11_000, zoom: 0.5 },
  { seconds: 4, cx: 9200, cy: 11_100, zoom: 1 },
  { seconds: 4, ...HOME },
];

function stepAt({ cx, cy, zoom }: Omit<Stop, "seconds">): Step {
  const level = Math.max(0, Math.min(SLIDE.levels - 1, Math.floor(Math.log2(1 / zoom))));
  const edge = SLIDE.tile * 2 ** level;
  const count = Math.ceil(SLIDE.size / edge);
  const range = (center: number, size: number) => {
    const first = Math.max(0, Math.floor((center - size / zoom / 2) / edge));
    const last = Math.min(count - 1, Math.floor((center + size / zoom / 2) / edge));
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  };
  const columns = range(cx, SCREEN.width);
  return {
    level,
    tiles: range(cy, SCREEN.height).flatMap((y) => columns.map((x) => ({ x, y }))),
  };
}

/** The whole minute, several steps a second; zooming is even to the eye. */
export function tour(): Step[] {
  const steps: Step[] = [stepAt(HOME)];
  let from: Omit<Stop, "seconds"> = HOME;
  for (const to of STOPS) {
    const count = to.seconds * STEPS_PER_SECOND;
    for (let i = 1; i <= count; i++) {
      const share = i / count;
      const along = (a: number, b: number) => a + (b - a) * share;
      const zoom = from.zoom * (to.zoom / from.zoom) ** share;
      steps.push(stepAt({ cx: along(from.cx, to.cx), cy: along(from.cy, to.cy), zoom }));
    }
    from = to;
  }
  return steps;
}
