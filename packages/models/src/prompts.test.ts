import { describe, expect, it } from "vitest";
import { ModelError } from "./errors.ts";
import { checkPrompts, MAX_PROMPTS, type Prompt, pointsOf } from "./prompts.ts";

const image = { width: 100, height: 50 };
const click = (x: number, y: number, inside = true): Prompt => ({ kind: "point", x, y, inside });
const box = (minX: number, minY: number, maxX: number, maxY: number): Prompt => ({
  kind: "box",
  minX,
  minY,
  maxX,
  maxY,
});

describe("prompts", () => {
  it.each<[string, Prompt[]]>([
    ["none", []],
    ["NaN", [click(Number.NaN, 3)]],
    ["infinite", [click(3, Number.POSITIVE_INFINITY)]],
    ["outside the image", [click(101, 3)]],
    ["before the image", [click(-0.1, 3)]],
    ["only what is not meant", [click(3, 3, false)]],
    ["two boxes", [box(1, 1, 5, 5), box(2, 2, 6, 6)]],
    ["an empty box", [box(5, 5, 5, 9)]],
    ["a box turned round", [box(9, 9, 5, 5)]],
    ["a box beside the image", [box(200, 0, 210, 10)]],
    ["too many", Array.from({ length: MAX_PROMPTS + 1 }, () => click(3, 3))],
  ])("refuses %s", (_, prompts) => {
    expect(() => checkPrompts(prompts, image)).toThrow(ModelError);
  });

  it("takes clicks on the very edge and boxes that reach over it", () => {
    expect(() =>
      checkPrompts([click(0, 0), click(100, 50, false), box(-5, -5, 20, 20)], image),
    ).not.toThrow();
  });

  it("become rows of x, y, label on a level", () => {
    expect([...pointsOf([click(10, 20), click(4, 4, false), box(1, 2, 3, 4)], 2, 8, 16)]).toEqual([
      12, 24, 1, 0, -8, 0, -6, -12, 2, -2, -8, 3,
    ]);
  });
});
