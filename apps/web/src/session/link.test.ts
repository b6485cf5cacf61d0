import { expect, test } from "vitest";
import { decodeLink, encodeLink, type LinkedView } from "./link.ts";

const full: LinkedView = {
  imageId: "demo-1",
  camera: { cx: 32768.25, cy: 100.5, zoom: 0.0123, rotation: 30, flip: true },
  plane: { z: 3, t: 1, projection: "max" },
  channels: [
    { visible: true, min: 100, max: 4095.5, gamma: 1, color: 0x0072b2 },
    { visible: false, min: 0, max: 65535, gamma: 0.45, color: 0xff0000, inverted: true },
    { visible: true, min: 0, max: 255, gamma: 2, color: 0x00ff00, lut: "viridis" },
    { visible: true, min: 0, max: 255, gamma: 2, color: 0x00ff00, inverted: true, lut: "magma" },
  ],
  annotation: { layerId: "layer_1", id: "AbC-9" },
  viewId: "v1i2e3w4",
};

test("a view survives the link", () => {
  expect(decodeLink(encodeLink(full))).toEqual(full);
});

test("a link to an image alone opens the image", () => {
  expect(decodeLink("#image=a%20b")).toEqual({ imageId: "a b" });
  expect(encodeLink({ imageId: "a b" })).toBe("#image=a%20b");
});

test("links of earlier versions open, and what a later one adds is passed over", () => {
  const old = "#image=demo&at=100,200,0.5,30&plane=3,1&channels=1,0,255,1,ff0000_0,0,255,1,00ff00,i";
  expect(decodeLink(old)).toEqual({
    imageId: "demo",
    camera: { cx: 100, cy: 200, zoom: 0.5, rotation: 30 },
    plane: { z: 3, t: 1 },
    channels: [
      { visible: true, min: 0, max: 255, gamma: 1, color: 0xff0000 },
      { visible: false, min: 0, max: 255, gamma: 1, color: 0x00ff00, inverted: true },
    ],
  });
  expect(decodeLink("#image=demo&plane=3,1,mean&channels=1,0,9,1,ff0000,sunset&flip=0&new=1")).toEqual({
    imageId: "demo",
    plane: { z: 3, t: 1 },
    channels: [{ visible: true, min: 0, max: 9, gamma: 1, color: 0xff0000 }],
  });
});

test("the centre keeps a fiftieth of a screen pixel at any zoom", () => {
  for (const zoom of [0.001, 0.37, 1, 8, 64, 900]) {
    const camera = { cx: 54321.123456, cy: 9876.654321, zoom, rotation: 0 };
    const back = decodeLink(encodeLink({ imageId: "i", camera }))!.camera!;
    expect(Math.abs(back.cx - camera.cx) * zoom).toBeLessThan(0.02);
    expect(Math.abs(back.zoom / zoom - 1)).toBeLessThan(1e-7);
  }
});

test("damaged parts are left out, the rest is kept", () => {
  expect(decodeLink("#image=i&at=1,2&plane=x&channels=1,5,2,1,ff0000&annotation=.x")).toEqual({
    imageId: "i",
  });
  expect(decodeLink("#image=i&at=NaN,1,1&plane=1,0")).toEqual({ imageId: "i", plane: { z: 1, t: 0 } });
  expect(decodeLink("#at=1,2,3")).toBeNull();
});
