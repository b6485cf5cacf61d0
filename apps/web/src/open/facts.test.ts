import { expect, test } from "vitest";
import { factsOf, nameOfType } from "./facts.ts";

const image = {
  width: 65_536,
  height: 1024,
  sizeZ: 1,
  sizeT: 1,
  channels: 4,
  rgb: false,
  dtype: "uint16",
  micrometres: null,
};

test("what an image is, in words; axes of one are left out", () => {
  expect(factsOf(image)).toEqual(["65,536 × 1,024 px", "4 channels"]);
  expect(factsOf({ ...image, channels: 1, sizeZ: 21, sizeT: 8, micrometres: 0.325 })).toEqual([
    "65,536 × 1,024 px",
    "1 channel",
    "21 z planes",
    "8 time points",
    "0.325 µm per px",
  ]);
  expect(factsOf({ ...image, channels: 3, rgb: true })).toContain("colour");
});

test("pixel types by their size", () => {
  expect(nameOfType("uint16")).toBe("16 bit");
  expect(nameOfType("float64")).toBe("64 bit float");
});
