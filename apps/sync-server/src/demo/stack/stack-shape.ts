import type { DemoChannel } from "../slide-shape.ts";

/** Size, planes, times, channels and calibration of the demo stack: cells in culture, followed for 84 minutes. */
export const STACK = {
  /** Side in pixels. */
  size: 2048,
  /** Levels 0…2; z and t are never reduced. */
  levels: 3,
  planes: 21,
  times: 8,
  pixelUm: 0.325,
  planeUm: 0.6,
  intervalSeconds: 720,
  channels: [
    { name: "H2B", color: "3DC8FF", window: { min: 0, max: 65535, start: 120, end: 2400 } },
    { name: "Mitochondria", color: "FF4FA0", window: { min: 0, max: 65535, start: 130, end: 1300 } },
  ] as readonly DemoChannel[],
} as const;
