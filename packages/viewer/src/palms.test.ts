import { expect, test } from "vitest";
import { Palms } from "./palms.ts";

const touch = (pointerId: number, timeStamp: number) => ({ pointerId, pointerType: "touch", timeStamp });
const pen = (timeStamp: number) => ({ pointerId: 1, pointerType: "pen", timeStamp });

test("a touch while the pen touches, hovers or has just left is the hand's, until it is lifted", () => {
  const palms = new Palms();
  expect(palms.begins(touch(2, 0))).toBe(false);
  palms.pen(pen(100), true);
  expect(palms.begins(touch(3, 10_000))).toBe(true);
  palms.pen(pen(10_100), false);
  expect(palms.begins(touch(4, 10_500))).toBe(true);
  expect(palms.begins(touch(5, 10_900))).toBe(false);
  expect(palms.has(3)).toBe(true);
  expect(palms.ends(3)).toBe(true);
  expect(palms.has(3)).toBe(false);
  expect(palms.ends(5)).toBe(false);
});

test("neither mouse nor pen is ever a hand", () => {
  const palms = new Palms();
  palms.pen(pen(0), true);
  expect(palms.begins({ ...pen(1), pointerId: 9 })).toBe(false);
  expect(palms.begins({ pointerId: 7, pointerType: "mouse", timeStamp: 1 })).toBe(false);
});
