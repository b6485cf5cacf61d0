import { expect, test } from "vitest";
import { partsOfMask } from "./contours.ts";
import { rasterise } from "./mask.ts";
import { faultOf, seeded } from "./overlay.testing.ts";

test("one pixel is its square", () => {
  const mask = { x: 7, y: -2, width: 1, height: 1, data: Uint8Array.of(1) };
  expect(partsOfMask(mask)).toEqual([[[7, -2, 8, -2, 8, -1, 7, -1]]]);
  expect(partsOfMask({ ...mask, data: Uint8Array.of(0) })).toEqual([]);
  expect(partsOfMask({ x: 0, y: 0, width: 0, height: 0, data: new Uint8Array() })).toEqual([]);
});

test("holes, islands in holes, and pixels that touch at corners", () => {
  const rows = ["#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######"];
  const data = Uint8Array.from(rows.join(""), (c) => (c === "#" ? 1 : 0));
  const parts = partsOfMask({ x: 0, y: 0, width: 7, height: 7, data });
  expect(parts.map((rings) => rings.length)).toEqual([2, 2]);
  const board = Uint8Array.from({ length: 25 }, (_, i) => (i + 1) % 2);
  expect(partsOfMask({ x: 0, y: 0, width: 5, height: 5, data: board })).toHaveLength(13);
});

test("any mask comes back pixel by pixel, and its parts are sound", () => {
  const random = seeded(3);
  for (let run = 0; run < 300; run++) {
    const width = 1 + Math.floor(random() * 13);
    const height = 1 + Math.floor(random() * 13);
    const share = random();
    const data = Uint8Array.from({ length: width * height }, () => (random() < share ? 1 : 0));
    const mask = { x: -3, y: 5, width, height, data };
    const parts = partsOfMask(mask);
    expect(faultOf(parts)).toBeNull();
    expect(rasterise(parts, mask).data).toEqual(data);
  }
});
