/** A value on its way to a moving target, with the speed it has now (units per second). */
export interface Damped {
  value: number;
  speed: number;
}

/**
 * One step of a critically damped spring: no overshoot, continuous speed when the target jumps, and the same
 * result whatever the frame rate. `smoothS`: about the time in seconds to get there.
 * The polynomial stands for exp(-x) (Game Programming Gems 4, chapter 1.10).
 */
export function dampTowards(state: Damped, target: number, smoothS: number, dtS: number): Damped {
  const omega = 2 / smoothS;
  const x = omega * dtS;
  const decay = 1 / (1 + x + 0.48 * x * x + 0.235 * x * x * x);
  const change = state.value - target;
  const pull = (state.speed + omega * change) * dtS;
  const next = target + (change + pull) * decay;
  const speed = (state.speed - omega * pull) * decay;
  // Past the target: only possible through rounding or a long frame.
  if (change > 0 === next < target) return { value: target, speed: 0 };
  return { value: next, speed };
}
