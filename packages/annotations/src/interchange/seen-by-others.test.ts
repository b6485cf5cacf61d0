import { expect, test } from "vitest";
import type { Geometry, Plane } from "../geometry/index.ts";
import { seenByOthers } from "./seen-by-others.ts";

test("ellipses, planes that COCO does not know, and what spans planes are told", () => {
  const first: Plane = { z: 0, t: 0 };
  const ellipse = (plane: Plane): Geometry => ({
    kind: "ellipse",
    plane,
    cx: 5,
    cy: 5,
    rx: 2,
    ry: 1,
    rotation: 0,
  });
  const box = (plane: Plane): Geometry => ({
    kind: "rectangle",
    plane,
    x: 0,
    y: 0,
    width: 4,
    height: 4,
    rotation: 0,
  });
  const list = [ellipse(first), ellipse({ z: 1, t: 0 }), box({ z: "all", t: 0 })].map((geometry) => ({
    geometry,
  }));
  expect(seenByOthers(list, "geojson")).toEqual([
    "Other programs see 2 ellipses as polygons.",
    "GeoJSON has one plane for each: other programs see one that spans planes on the first.",
  ]);
  expect(seenByOthers(list, "coco")).toEqual([
    "Other programs see 2 ellipses as polygons.",
    "COCO knows no depth or time: the annotations of 3 planes are in one image.",
  ]);
  // A point is in no COCO file, on whatever plane.
  const point: Geometry = { kind: "point", plane: { z: 3, t: 0 }, x: 1, y: 1 };
  expect(seenByOthers([{ geometry: box(first) }, { geometry: point }], "coco")).toEqual([]);
});
