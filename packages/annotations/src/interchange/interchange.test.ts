import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { areaOf, type Geometry } from "../geometry/index.ts";
import { decodeCoco, encodeCoco } from "./coco.ts";
import { InterchangeError } from "./errors.ts";
import { decodeGeoJson, encodeGeoJson } from "./geojson.ts";
import { asciiJson } from "./read.ts";
import type { ExportedAnnotation } from "./types.ts";

const plane = { z: 0, t: 0 };
const classes = [
  { id: "c1", name: "Tumor", color: "#e69f00" },
  { id: "c2", name: "Tumor: Positive", color: "#0072b2" },
  { id: "c3", name: "Zellkern äöü 细胞", color: "#009e73" },
];
const shapes: Geometry[] = [
  { kind: "polygon", plane, parts: [[[3, 2, 4, 2, 4, 3, 3, 3]]] },
  {
    kind: "polygon",
    plane,
    parts: [
      [
        [10, 10, 60.25, 12.015625, 55, 70, 8, 66],
        [20, 20, 20, 40, 40, 40, 40, 20],
      ],
      [[80, 10, 95, 10, 95, 25]],
    ],
  },
  { kind: "polygon", plane: { z: 3, t: 1 }, parts: [[[0, 0, 9, 0, 9, 9]], [[20, 0, 29, 0, 29, 9]]] },
  { kind: "rectangle", plane, x: 5, y: 6, width: 30, height: 12.5, rotation: 0.7853981633974483 },
  { kind: "ellipse", plane: { z: "all", t: 0 }, cx: 50, cy: 50, rx: 20, ry: 10, rotation: 0 },
  { kind: "ellipse", plane, cx: 50, cy: 50, rx: 20, ry: 10, rotation: 1.5707963267948966 },
  { kind: "point", plane, x: 12.5, y: 7.25 },
  { kind: "polyline", plane: { z: 0, t: "all" }, points: [0, 0, 10, 4, 20, 0] },
];
const annotations: ExportedAnnotation[] = shapes.map((geometry, i) => ({
  id: i === 0 ? "01234567-89ab-4def-8123-456789abcdef" : `annotation${i}`,
  geometry,
  classId: [null, "c1", "c2", "c3"][i % 4]!,
  label: i % 3 === 0 ? "" : `Nr. ${i} “μ”`,
  author: "anna",
  created: 1_700_000_000_000 + i,
  ...(i % 2 === 0 && { provenance: { model: "m", hash: "h" } }),
  ...(i % 3 === 1 && { attributes: { grade: i, note: `“${i}”`, tags: ["a", { deep: true }] } }),
  ...(i % 4 === 3 && { locked: true, order: -1.5 }),
}));
const expected = annotations.map(({ classId, ...rest }) => ({
  ...rest,
  className: classes.find((row) => row.id === classId)?.name ?? null,
}));
const areas = expected.filter(({ geometry }) => geometry.kind !== "point" && geometry.kind !== "polyline");

/** The files that fixtures/check_interchange.py gives to shapely, geojson and pycocotools. */
function asCommitted(name: string, text: string): void {
  const file = new URL(`../../fixtures/${name}`, import.meta.url);
  if (process.env.COSCOPE_WRITE_FIXTURES) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
}

describe("GeoJSON", () => {
  test("there and back nothing changes", () => {
    const text = `${asciiJson(encodeGeoJson(annotations, { classes, measure: ({ geometry }) => ({ "Area px^2": areaOf(geometry), none: Number.NaN }) }))}\n`;
    asCommitted("example.geojson", text);
    const read = decodeGeoJson(text);
    expect(read.problems).toEqual([]);
    expect(read.annotations.map(({ measurements, ...rest }) => rest)).toEqual(expected);
    expect(read.annotations[0]?.measurements).toEqual({ "Area px^2": 1 });
    expect(read.classes).toEqual([
      { name: "Tumor", color: "#e69f00", count: 2 },
      { name: "Tumor: Positive", color: "#0072b2", count: 2 },
      { name: "Zellkern äöü 细胞", color: "#009e73", count: 2 },
    ]);
  });

  test("as QuPath writes it", () => {
    const feature = (geometry: unknown, properties: unknown, id?: string) => ({
      type: "Feature",
      id,
      geometry,
      properties,
    });
    const square = {
      type: "Polygon",
      coordinates: [
        [
          [0, 0],
          [8, 0],
          [8, 8],
          [0, 8],
          [0, 0],
        ],
      ],
    };
    const read = decodeGeoJson(
      JSON.stringify([
        feature(square, {
          objectType: "annotation",
          classification: { name: "Stroma", color: [150, 200, 150] },
          isLocked: true,
        }),
        feature(
          { ...square, plane: { c: -1, z: 4, t: 2 } },
          { classification: { names: ["Tumor", "Positive"], colorRGB: -3670016 } },
        ),
        feature(
          { ...square, isEllipse: true },
          { classification: "Plain", name: "here", measurements: [{ name: "Area", value: 64 }] },
        ),
        feature(
          {
            type: "MultiPoint",
            coordinates: [
              [1, 2],
              [3, 4, 0],
            ],
          },
          null,
        ),
        feature(square, { measurements: { good: 1, bad: "2" } }),
      ]),
    );
    expect(read.annotations.map(({ className }) => className)).toEqual([
      "Stroma",
      "Tumor: Positive",
      "Plain",
      null,
      null,
      null,
    ]);
    expect(read.annotations[1]?.geometry.plane).toEqual({ z: 4, t: 2 });
    expect(read.annotations[2]).toMatchObject({
      geometry: { kind: "ellipse", cx: 4, cy: 4, rx: 4, ry: 4 },
      label: "here",
      measurements: { Area: 64 },
    });
    expect(read.annotations[4]?.geometry).toEqual({ kind: "point", plane, x: 3, y: 4 });
    expect(read.classes.map(({ color }) => color)).toEqual(["#96c896", "#c80000", null]);
    expect(read.problems.map(({ at }) => at)).toEqual(["[4].properties.measurements.bad"]);
  });

  test("names with a colon are lists, as QuPath wants them; other ids than UUIDs are ours alone", () => {
    const { features } = encodeGeoJson(annotations, { classes }) as {
      features: { id?: string; properties: { classification?: unknown } }[];
    };
    expect(features[2]?.properties.classification).toEqual({
      names: ["Tumor", "Positive"],
      color: [0, 114, 178],
    });
    expect(features.map(({ id }) => id !== undefined)).toEqual([true, ...features.slice(1).map(() => false)]);
  });

  test("a shape that was moved elsewhere is where it is now", () => {
    const file = JSON.parse(asciiJson(encodeGeoJson(annotations.slice(3, 4), { classes })));
    for (const position of file.features[0].geometry.coordinates[0]) position[0] += 100;
    expect(decodeGeoJson(JSON.stringify(file)).annotations[0]?.geometry.kind).toBe("polygon");
  });

  test("what cannot be read says where and why", () => {
    for (const text of ["", "{", "7", "null", '{"type":"Topology"}', '{"type":"FeatureCollection"}'])
      expect(() => decodeGeoJson(text)).toThrow(InterchangeError);
    // What has no text of its own must not break the message.
    const odd = { toString: 1, valueOf: 1 };
    const nameless = { type: "Point", coordinates: [1, 2] };
    const measured = { type: "Feature", geometry: nameless, properties: { measurements: { odd } } };
    expect(decodeGeoJson(JSON.stringify(measured)).problems).toHaveLength(1);
    const coco = { images: [{ id: 1, width: odd, height: 3 }], annotations: [odd] };
    expect(decodeCoco(JSON.stringify(coco)).problems).toHaveLength(2);
    const geometry = (g: unknown) => ({ type: "Feature", geometry: g, properties: {} });
    const { annotations: read, problems } = decodeGeoJson(
      JSON.stringify({
        type: "FeatureCollection",
        features: [
          7,
          geometry(null),
          geometry({ type: "GeometryCollection", geometries: [] }),
          geometry({ type: "Polygon", coordinates: [] }),
          geometry({
            type: "Polygon",
            coordinates: [
              [
                [0, 0],
                [1, "1"],
              ],
            ],
          }),
          geometry({
            type: "Polygon",
            coordinates: [
              [
                [0, 0],
                [5, 5],
                [0, 0],
              ],
            ],
          }),
          geometry({ type: "Point", coordinates: [1e300, 0] }),
          geometry({ type: "Point", coordinates: [1, 2] }),
        ],
      }),
    );
    expect(read).toHaveLength(1);
    expect(problems.map(({ code, at }) => [code, at])).toEqual([
      ["not-geojson", "features[0]"],
      ["bad-geometry", "features[1].geometry"],
      ["bad-geometry", "features[2].geometry.coordinates"],
      ["bad-geometry", "features[3].geometry.coordinates"],
      ["bad-geometry", "features[4].geometry.coordinates[0][1]"],
      ["bad-geometry", "features[5].geometry"],
      ["bad-geometry", "features[6].geometry"],
    ]);
  });
});

describe("COCO", () => {
  test("there and back nothing changes; points and lines are left out, and said", () => {
    const { file, left } = encodeCoco(
      [{ fileName: "slide ü.tif", width: 120, height: 90, annotations }],
      classes,
    );
    expect(left).toEqual([
      { id: "annotation6", kind: "point" },
      { id: "annotation7", kind: "polyline" },
    ]);
    const text = `${asciiJson(file)}\n`;
    asCommitted("example.coco.json", text);
    const read = decodeCoco(text);
    expect(read.problems).toEqual([]);
    expect(read.images).toEqual([{ fileName: "slide ü.tif", width: 120, height: 90, annotations: areas }]);
    expect(read.classes.map(({ name, color, count }) => [name, color, count])).toEqual([
      ["Tumor", "#e69f00", 2],
      ["Tumor: Positive", "#0072b2", 1],
      ["Zellkern äöü 细胞", "#009e73", 1],
    ]);
  });

  test("a mask of anybody's, a box alone, counts in a list", () => {
    const foreign = {
      images: [{ id: "a", file_name: "a.png", width: 4, height: 3 }],
      categories: [{ id: 7, name: "cell", color: [1, 2, 3] }],
      annotations: [
        { image_id: "a", category_id: 7, segmentation: { size: [3, 4], counts: [4, 1, 7] } },
        { image_id: "a", category_id: 7, bbox: [1, 1, 2, 1] },
        { image_id: "a", segmentation: [[0, 0, 2, 0, 2, 2]] },
      ],
    };
    const { images, classes: found, problems } = decodeCoco(JSON.stringify(foreign), { z: 1, t: 0 });
    expect(problems).toEqual([]);
    expect(images[0]?.annotations.map(({ geometry }) => geometry)).toEqual([
      { kind: "polygon", plane: { z: 1, t: 0 }, parts: [[[1, 1, 2, 1, 2, 2, 1, 2]]] },
      { kind: "rectangle", plane: { z: 1, t: 0 }, x: 1, y: 1, width: 2, height: 1, rotation: 0 },
      { kind: "polygon", plane: { z: 1, t: 0 }, parts: [[[0, 0, 2, 0, 2, 2]]] },
    ]);
    expect(found).toEqual([{ name: "cell", color: "#010203", count: 2 }]);
  });

  test("holes in an image too large for run lengths are bridged; what sticks out is cut off in the mask", () => {
    const one = [annotations[1]!];
    const segmentation = (width: number, height: number) =>
      (
        encodeCoco([{ fileName: "", width, height, annotations: one }], classes).file as {
          annotations: { segmentation: unknown }[];
        }
      ).annotations[0]!.segmentation;
    expect(segmentation(200_000, 100_000)).toEqual([
      [10, 10, 60.25, 12.015625, 55, 70, 8, 66, 10, 10, 20, 20, 20, 40, 40, 40, 40, 20, 20, 20, 10, 10],
      [80, 10, 95, 10, 95, 25],
    ]);
    expect(segmentation(30, 30)).toMatchObject({ size: [30, 30] });
    expect(segmentation(5, 5)).toEqual({ size: [5, 5], counts: "i0" });
  });

  test("what cannot be read says where and why", () => {
    for (const text of ["", "[]", '{"images":[]}', '{"images":{},"annotations":[]}'])
      expect(() => decodeCoco(text)).toThrow(InterchangeError);
    const { problems } = decodeCoco(
      JSON.stringify({
        images: [
          { id: 1, width: 4, height: 3 },
          { id: 1, width: 4, height: 3 },
          { id: 2, width: 0, height: 1 },
          5,
        ],
        categories: [{ id: 1 }, { id: 2, name: "x" }, { id: 2, name: "y" }],
        annotations: [
          { image_id: 9 },
          { image_id: 1, category_id: 8, bbox: [0, 0, 1, 1] },
          { image_id: 1, category_id: 2 },
          { image_id: 1, category_id: 2, segmentation: { size: [4, 3], counts: "0" } },
          { image_id: 1, category_id: 2, segmentation: { size: [3, 4], counts: "zz" } },
          { image_id: 1, category_id: 2, segmentation: { size: [3, 4], counts: [12] } },
          { image_id: 1, category_id: 2, segmentation: [[0, 0, 1]] },
        ],
      }),
    );
    expect(problems.map(({ code, at }) => `${code} ${at}`)).toEqual([
      "bad-value images[1].id",
      "bad-value images[2]",
      "not-coco images[3]",
      "bad-value categories[0].name",
      "bad-value categories[2].id",
      "bad-value annotations[0].image_id",
      "bad-value annotations[1].category_id",
      "bad-geometry annotations[2]",
      "bad-rle annotations[3].segmentation.size",
      "bad-rle annotations[4].segmentation",
      "bad-geometry annotations[5].segmentation",
      "bad-geometry annotations[6]",
    ]);
  });
});
