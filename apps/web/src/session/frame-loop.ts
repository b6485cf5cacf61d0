/** Runs a step once a frame for as long as it asks for more; costs nothing while nothing moves. */
export interface FrameLoop {
  start(): void;
  stop(): void;
}

/** After a pause the first step gets this long, and no step ever gets more than `LONGEST_S`. */
const FIRST_S = 1 / 60;
const LONGEST_S = 0.1;

/** `step` gets the seconds since the last frame and returns whether it wants another one. */
export function createFrameLoop(step: (dtS: number) => boolean): FrameLoop {
  let handle: number | null = null;
  let before: number | null = null;

  function frame(nowMs: number): void {
    const dtS = before === null ? FIRST_S : Math.min(LONGEST_S, (nowMs - before) / 1000);
    before = nowMs;
    handle = requestAnimationFrame(frame);
    if (!step(dtS)) stop();
  }

  function stop(): void {
    if (handle !== null) cancelAnimationFrame(handle);
    handle = null;
    before = null;
  }

  return {
    start() {
      handle ??= requestAnimationFrame(frame);
    },
    stop,
  };
}
