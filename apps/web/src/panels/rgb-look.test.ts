import type { ChannelSettings } from "@coscope/viewer";
import { expect, test } from "vitest";
import { rgbLookOf, withRgbLook } from "./rgb-look.ts";

const rgb: ChannelSettings[] = [0xff0000, 0x00ff00, 0x0000ff].map((color) => ({
  visible: true,
  min: 0,
  max: 255,
  gamma: 1,
  color,
}));

test("a picture as it is has no brightness and no contrast", () => {
  expect(rgbLookOf(rgb)).toEqual({ brightness: 0, contrast: 0, gamma: 1 });
  expect(withRgbLook(rgb, { brightness: 0, contrast: 0, gamma: 1 })).toEqual(rgb);
});

test("each look is found again in the windows that it makes", () => {
  for (const brightness of [-100, -31, 0, 8, 100])
    for (const contrast of [-100, -50, 0, 17, 100])
      for (const gamma of [0.2, 1, 2.25]) {
        const look = { brightness, contrast, gamma };
        expect(rgbLookOf(withRgbLook(rgb, look))).toEqual(look);
      }
});

test("brighter lowers the window, more contrast narrows it", () => {
  const [brighter] = withRgbLook(rgb, { brightness: 20, contrast: 0, gamma: 1 });
  expect(brighter!.max).toBeLessThan(255);
  const [harder] = withRgbLook(rgb, { brightness: 0, contrast: 50, gamma: 1 });
  expect([harder!.min, harder!.max]).toEqual([63.75, 191.25]);
});
