import type { XY } from "../tool.ts";
import type { OutliningHost } from "./outlining-host.ts";

/** Half a region: who goes further has another one of the grid nearest. Px of the level that is looked at from there. */
const STEP_PX = 512;
/** Who pans, and who is followed, passes many regions by. */
const EVERY_MS = 500;

export interface ReadAhead {
  /** Reads where this person looks, and those whom they follow. */
  now(): void;
  /** One of them may look elsewhere: what is new is read, now and then. */
  moved(): void;
  /** Until it is wanted again. */
  stop(): void;
}

/** Which regions are wanted soon because somebody looks there. `read` asks for those round these places. */
export function createReadAhead(
  page: Pick<OutliningHost, "view" | "followed" | "remember">,
  zoom: () => number,
  read: (places: readonly XY[]) => void,
): ReadAhead {
  let last = "";
  let pause: ReturnType<typeof setTimeout> | undefined;

  function places(): XY[] {
    const { minX, minY, maxX, maxY } = page.view();
    const followed = page.followed();
    const centre = { x: (minX + maxX) / 2, y: (minY + maxY) / 2 };
    return followed ? [centre, followed] : [centre];
  }

  function keyOf(wanted: readonly XY[]): string {
    const step = STEP_PX / Math.min(1, 2 ** Math.ceil(Math.log2(2 * zoom())));
    return [step, ...wanted.map(({ x, y }) => `${Math.round(x / step)},${Math.round(y / step)}`)].join(" ");
  }

  function ask(wanted: readonly XY[]): void {
    last = keyOf(wanted);
    read(wanted);
  }

  function moved(): void {
    // In private mode each region costs this page a second, for which a click would wait.
    if (pause !== undefined || page.remember.private) return;
    const wanted = places();
    if (keyOf(wanted) === last) return;
    ask(wanted);
    pause = setTimeout(() => {
      pause = undefined;
      moved();
    }, EVERY_MS);
  }

  return {
    now: () => ask(places()),
    moved,
    stop() {
      clearTimeout(pause);
      pause = undefined;
    },
  };
}
