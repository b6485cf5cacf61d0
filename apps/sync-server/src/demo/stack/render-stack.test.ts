import { expect, test, vi } from "vitest";
import { OFFSET } from "../camera.ts";
import { CHUNK } from "../slide-shape.ts";
import { renderStack } from "./render-stack.ts";
import { STACK } from "./stack-shape.ts";

vi.setConfig({ testTimeout: 60_000 });

const at = { of: "stack", kind: "image", level: 2, t: 0, channel: 0, z: 10, y: 0, x: 0 } as const;

/** Mean step between neighbours along a row, per mean signal: high in focus. */
function sharpness(pixels: Uint16Array): number {
  let steps = 0;
  let signal = 0;
  for (let p = 1; p < pixels.length; p++) {
    if (p % CHUNK === 0) continue;
    steps += Math.abs(pixels[p]! - pixels[p - 1]!);
    signal += pixels[p]! - OFFSET;
  }
  return steps / signal;
}

test("is sharpest in the middle planes", () => {
  for (const channel of [0, 1]) {
    const middle = sharpness(renderStack({ ...at, channel }));
    expect(middle).toBeGreaterThan(1.3 * sharpness(renderStack({ ...at, channel, z: STACK.planes - 1 })));
  }
});

test("moves in time, and is repeatable", () => {
  const first = renderStack(at);
  expect(renderStack(at)).toEqual(first);
  const later = renderStack({ ...at, t: 7 });
  let changed = 0;
  for (let p = 0; p < first.length; p++) if (Math.abs(first[p]! - later[p]!) > 300) changed++;
  expect(changed / first.length).toBeGreaterThan(0.02);
});

test("levels agree in their mean to 1 %", () => {
  const fine = renderStack({ ...at, level: 1, y: 1, x: 0 });
  const coarse = renderStack(at);
  let a = 0;
  let b = 0;
  for (let j = 0; j < CHUNK / 2; j++) {
    for (let i = 0; i < CHUNK / 2; i++) b += coarse[(CHUNK / 2 + j) * CHUNK + i]! - OFFSET;
  }
  for (const value of fine) a += (value - OFFSET) / 4;
  expect(Math.abs(b / a - 1)).toBeLessThan(0.01);
});
