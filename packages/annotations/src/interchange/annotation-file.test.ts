import { describe, expect, test } from "vitest";
import { LOCKED, ORDER } from "../document/index.ts";
import { areaOf, type Geometry } from "../geometry/index.ts";
import { asciiJson, encodeCoco, encodeGeoJson, matchClasses, readAnnotationFile, toAdd } from "./index.ts";

const frame = { name: "Kidney 3.ome.tiff", width: 100, height: 80, sizeZ: 2, sizeT: 1 };
const box = (x: number, z = 0): Geometry => ({
  kind: "rectangle",
  plane: { z, t: 0 },
  x,
  y: 10,
  width: 10,
  height: 10,
  rotation: 0,
});
const one = (geometry: Geometry, classId: string | null = null) => ({
  id: "a",
  geometry,
  classId,
  label: "",
  author: "anna",
  created: 5,
});
const classes = [{ id: "c", name: "Tumor: Positive", color: "#e69f00" }];

describe("a file of annotations", () => {
  test("GeoJSON: what is in it, what lies outside and on planes that are not there", () => {
    const list = [
      one(box(0), "c"),
      one(box(95)),
      one(box(5, 2), "c"),
      one({ kind: "point", plane: { z: 1, t: 0 }, x: 1, y: 2 }),
    ];
    const file = readAnnotationFile(asciiJson(encodeGeoJson(list, { classes })), frame);
    expect(file.summary()).toMatchObject({
      format: "geojson",
      count: 4,
      kinds: { rectangle: 3, point: 1 },
      classes: [{ name: "Tumor: Positive", color: "#e69f00", count: 2 }],
      unclassified: 2,
      bounds: { minX: 0, minY: 2, maxX: 105, maxY: 20 },
      outside: 1,
      elsewhere: 1,
      otherSize: false,
    });
    expect(file.annotations()).toHaveLength(4);
  });

  test("COCO: the image of the same name, or size; another can be chosen", () => {
    const images = ["other.png", "sub/kidney 3.ome.png", "x.png"].map((fileName, i) => ({
      fileName,
      width: 100 + 10 * i,
      height: 80,
      annotations: Array.from({ length: i + 1 }, () => one(box(0), "c")),
    }));
    const read = (name: string) =>
      readAnnotationFile(asciiJson(encodeCoco(images, classes).file), { ...frame, name });
    expect(read("Kidney 3.ome.tiff").summary()).toMatchObject({
      format: "coco",
      image: 1,
      count: 2,
      otherSize: true,
    });
    expect(read("else").summary()).toMatchObject({ image: 0, count: 1, otherSize: false });
    expect(read("else").summary(2)).toMatchObject({ image: 2, count: 3, classes: [{ count: 3 }] });
    expect(read("else").annotations(2)).toHaveLength(3);
  });

  test("COCO none of whose images can be read: nothing to choose, and no size to compare", () => {
    const file = readAnnotationFile('{"images":[{"id":1,"width":"x"}],"annotations":[{"id":1}]}', frame);
    expect(file.summary()).toMatchObject({ images: [], count: 0, otherSize: false });
    expect(file.annotations()).toEqual([]);
    expect(file.problems.length).toBeGreaterThan(0);
  });

  test("that is neither says so", () => {
    expect(() => readAnnotationFile("{}", frame)).toThrow("GeoJSON or COCO");
    expect(() => readAnnotationFile("PK", frame)).toThrow("not-json");
    expect(readAnnotationFile('{"type":"FeatureCollection","features":[]}', frame).summary()).toMatchObject({
      count: 0,
      bounds: null,
    });
  });
});

test("classes are found by name, however it is spelled, then by synonym", () => {
  const rows = [
    { id: "a", name: "Tumor: Positive", synonyms: ["T+", "stroma"] },
    { id: "b", name: "Stroma" },
    { id: "c", name: "stroma " },
  ];
  const names = ["tumor:positive", "t+", "Stroma", "stroma ", "STROMA", "else"];
  expect([...matchClasses(names, rows)]).toEqual([
    ["tumor:positive", "a"],
    ["t+", "a"],
    ["Stroma", "b"],
    ["stroma ", "c"],
    ["STROMA", "b"],
  ]);
});

test("what is added: lock and order among the attributes, where it is from in the provenance", () => {
  const options = { classOf: (name: string) => (name === "X" ? "x" : null), file: "a.geojson" };
  const bare = { geometry: box(0), className: "X", label: "n" };
  expect(
    toAdd(
      {
        ...bare,
        locked: true,
        order: 2,
        attributes: { grade: 1 },
        author: "q",
        created: 9,
        measurements: { A: 1 },
      },
      options,
    ),
  ).toEqual({
    geometry: box(0),
    classId: "x",
    label: "n",
    attributes: { A: 1, grade: 1, [LOCKED]: true, [ORDER]: 2 },
    provenance: { kind: "import", file: "a.geojson", author: "q", created: 9 },
  });
  expect(toAdd({ ...bare, provenance: { model: "m" } }, options)).toMatchObject({
    provenance: { model: "m" },
  });
  // A table of measurements is not what attributes are for; names are made to fit.
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`m${i}`, i]));
  expect(toAdd({ ...bare, measurements: many }, options)).not.toHaveProperty("attributes");
  expect(
    toAdd({ ...bare, measurements: { "N/C ratio": 2, "coscope.order": 3 } }, options).attributes,
  ).toEqual({
    "N∕C ratio": 2,
  });
});

test("what crosses or overlaps itself is repaired and counted, what is sound stays; nuclei and measurements are told", () => {
  const feature = (coordinates: unknown, more = {}, type = "Polygon") => ({
    type: "Feature",
    properties: {},
    geometry: { type, coordinates },
    ...more,
  });
  const square = (x: number) => [
    [x, 0],
    [x, 10],
    [x + 10, 10],
    [x + 10, 0],
    [x, 0],
  ];
  const tie = [
    [0, 0],
    [10, 10],
    [10, 0],
    [0, 6],
    [0, 0],
  ];
  const cell = feature([square(0)], { nucleusGeometry: { type: "Polygon", coordinates: [square(2)] } });
  const file = {
    type: "FeatureCollection",
    features: [
      feature([square(0)]),
      feature([tie]),
      feature([
        [
          [0, 0],
          [10, 10],
          [10, 0],
          [0, 10],
          [0, 0],
        ],
      ]),
      feature([[square(0)], [square(5)]], {}, "MultiPolygon"),
      feature([
        square(0),
        [
          [2, 2],
          [2.001, 2],
          [2, 2.001],
          [2, 2],
        ],
      ]),
      feature([
        [
          [0, 0],
          [10, 0],
          [5, 0],
          [0, 0],
        ],
      ]),
      {
        ...cell,
        properties: { measurements: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`m${i}`, i])) },
      },
    ],
  };
  const read = readAnnotationFile(JSON.stringify(file), frame);
  expect(read.summary()).toMatchObject({ count: 6, repaired: 4, nuclei: 1, unmeasured: 1 });
  expect(read.problems.map(({ at, code }) => [at, code])).toEqual([["features[5].geometry", "bad-geometry"]]);
  const [first, bow, even, both, holed] = read.annotations();
  expect(first).toEqual({
    geometry: { kind: "polygon", plane: { z: 0, t: 0 }, parts: [[[0, 0, 0, 10, 10, 10, 10, 0]]] },
    className: null,
    label: "",
  });
  for (const one of [bow, even, both, holed]) expect(one!.repaired).toBe(true);
  // Two triangles that meet in (3.75, 3.75).
  expect(areaOf(bow!.geometry)).toBeCloseTo((6 * 3.75) / 2 + (10 * 6.25) / 2, 1);
  expect(areaOf(even!.geometry)).toBe(50);
  expect(areaOf(both!.geometry)).toBe(150);
  expect(areaOf(holed!.geometry)).toBe(100);

  const coco = {
    images: [{ id: 1, width: 100, height: 80, file_name: "a" }],
    annotations: [
      {
        id: 1,
        image_id: 1,
        segmentation: [
          [0, 0, 10, 0, 10, 10, 0, 10],
          [5, 0, 15, 0, 15, 10, 5, 10],
        ],
      },
      {
        id: 2,
        image_id: 1,
        segmentation: [
          [0, 0, 10, 0, 10, 10, 0, 10],
          [20, 0, 30, 0, 30, 10, 20, 10],
        ],
      },
    ],
  };
  const masks = readAnnotationFile(JSON.stringify(coco), frame);
  expect(masks.summary()).toMatchObject({ count: 2, repaired: 1 });
  expect(masks.annotations().map(({ geometry }) => areaOf(geometry))).toEqual([150, 200]);
});
