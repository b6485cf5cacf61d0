import { expect, test } from "vitest";
import { colorOf, NO_VALUE, OTHERS, sameScaling, scalingOf } from "./color-scale.ts";

/** Black to white. */
const tones = Uint8Array.from({ length: 1024 }, (_, i) => i >> 2);

test("numbers go from the dark end of the map to the bright one, odd ones aside", () => {
  const cells = [...Array.from({ length: 100 }, (_, i) => i), 1e9, null];
  const scaling = scalingOf(cells);
  expect(scaling).toMatchObject({ kind: "numbers", low: 2, high: 98 });
  expect(colorOf(scaling, -5, tones)).toBe(0);
  expect(colorOf(scaling, 1e9, tones)).toBe(0xffffff);
  expect(colorOf(scaling, 50, tones)).toBe(0x808080);
  expect(colorOf(scaling, null, tones)).toBe(NO_VALUE);
  expect(scalingOf([3, 4])).toMatchObject({ low: 3, high: 4 });
  expect(colorOf(scalingOf([3]), 3, tones)).toBeGreaterThan(0);
});

test("texts get colours by how often they come; what is beyond is grey", () => {
  const cells = Array.from({ length: 9 }, (_, i) => Array.from({ length: 10 - i }, () => `kind ${i}`)).flat();
  const scaling = scalingOf([...cells, ""]);
  if (scaling.kind !== "kinds") throw new Error("Not kinds.");
  expect([...scaling.colors.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `kind ${i}`));
  expect(new Set(scaling.colors.values()).size).toBe(7);
  expect(scaling.others).toBe(2);
  expect(colorOf(scaling, "kind 8", tones)).toBe(OTHERS);
  expect(colorOf(scaling, "", tones)).toBe(NO_VALUE);
  expect(sameScaling(scaling, scalingOf([...cells]))).toBe(true);
  expect(sameScaling(scaling, scalingOf(["kind 0"]))).toBe(false);
});
