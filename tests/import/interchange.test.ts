import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { areaOf, type Geometry, type Json, quantizeGeometry } from "@coscope/annotations";
import {
  asciiJson,
  decodeCoco,
  decodeGeoJson,
  type ExportedAnnotation,
  encodeCoco,
  encodeGeoJson,
} from "@coscope/annotations/interchange";
import { brushed, sweep } from "@coscope/annotations/shapes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../convergence/random.ts";

/* What we write is read by shapely and pycocotools, and what they write of it by us: unchanged. */

const PYTHON = process.env.COSCOPE_PYTHON;
const SCRIPT = fileURLToPath(new URL("../../packages/annotations/fixtures/reread.py", import.meta.url));
const SIZE = { width: 700, height: 500 };
const classes = [
  { id: "c1", name: "Tumor", color: "#e69f00" },
  { id: "c2", name: "Tumor: Positive", color: "#0072b2" },
];

/** Brushed areas with holes and parts, rectangles and ellipses turned, points and lines; on several planes. */
function drawn(count: number): ExportedAnnotation[] {
  const random = createRandom(7);
  const dab = () => ({
    x: 60 + random.next() * 580,
    y: 60 + random.next() * 380,
    radius: 4 + random.next() * 30,
  });
  const shapeFor = (i: number): Geometry => {
    const plane = { z: i % 3 === 0 ? 0 : random.below(4), t: i % 5 === 0 ? "all" : random.below(2) } as const;
    const { x, y, radius } = dab();
    const rotation = i % 2 === 0 ? 0 : random.next() * 6;
    switch (i % 6) {
      case 0:
        return { kind: "rectangle", plane, x, y, width: radius, height: radius + 3, rotation };
      case 1:
        return { kind: "ellipse", plane, cx: x, cy: y, rx: radius, ry: radius / 2, rotation };
      case 2:
        return { kind: "point", plane, x, y };
      case 3:
        return { kind: "polyline", plane, points: [x, y, x + radius, y, x, y + radius] };
      default: {
        const near = Array.from({ length: 6 }, () => ({
          x: x + random.next() * 60 - 30,
          y: y + random.next() * 60 - 30,
          radius: 10,
        }));
        const area = sweep(near, plane)!;
        const eraser = [{ x: near[0]!.x, y: near[0]!.y, radius: 4 }];
        return brushed(area, eraser, { mode: "erase", plane }) ?? area;
      }
    }
  };
  return Array.from({ length: count }, (_, i) => {
    const attributes: Record<string, Json> = { grade: i % 4, note: `“${i}” µ` };
    return {
      id: `a${i}`,
      geometry: quantizeGeometry(shapeFor(i)),
      classId: [null, "c1", "c2"][i % 3]!,
      label: i % 4 === 0 ? "" : `Nr. ${i} 细胞`,
      author: "anna",
      created: 1_790_000_000_000 + i,
      ...(i % 2 === 0 && { attributes }),
      ...(i % 5 === 0 && { locked: true, order: i + 1 }),
    };
  });
}

const all = drawn(180);
const areas = all.filter(({ geometry: { kind } }) => kind !== "point" && kind !== "polyline");
const back = ({ classId, ...rest }: ExportedAnnotation) => ({
  ...rest,
  className: classes.find(({ id }) => id === classId)?.name ?? null,
});

describe.skipIf(!PYTHON)("files of annotations and the libraries that others use (COSCOPE_PYTHON)", () => {
  let folder = "";
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "coscope-files-"));
    writeFileSync(join(folder, "ours.geojson"), asciiJson(encodeGeoJson(all, { classes })));
    const { file } = encodeCoco([{ fileName: "x.png", ...SIZE, annotations: areas }], classes);
    writeFileSync(join(folder, "ours.coco.json"), asciiJson(file));
    await promisify(execFile)(PYTHON!, [SCRIPT, folder]);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("GeoJSON is valid to shapely, with our areas, and comes back unchanged", () => {
    const found = JSON.parse(read("found.json")) as { areas: number[] };
    all.forEach(({ geometry }, i) => {
      const area = geometry.kind === "point" || geometry.kind === "polyline" ? 0 : areaOf(geometry);
      // An ellipse is a polygon there, a 64th of a pixel off.
      expect(Math.abs(found.areas[i]! - area)).toBeLessThanOrEqual(
        geometry.kind === "ellipse" ? 0.01 * area : 1e-6 * area,
      );
    });
    const theirs = decodeGeoJson(read("theirs.geojson"));
    expect(theirs.problems).toEqual([]);
    expect(theirs.annotations).toEqual(all.map(back));
  });

  test("without what only we write into it, GeoJSON keeps shape, class, name, lock, plane and attributes as texts", () => {
    const file = JSON.parse(read("theirs.geojson")) as {
      features: { properties: Record<string, unknown> }[];
    };
    for (const { properties } of file.features) delete properties["coscope"];
    const theirs = decodeGeoJson(JSON.stringify(file));
    expect(theirs.problems).toEqual([]);
    theirs.annotations.forEach((one, i) => {
      const { geometry, className, label, locked, attributes } = back(all[i]!);
      expect(one).toMatchObject({ className, label, ...(locked && { locked }) });
      if (attributes)
        expect(one.attributes).toEqual({ grade: String(attributes["grade"]), note: attributes["note"] });
      const t = geometry.plane.t === "all" ? 0 : geometry.plane.t;
      if (geometry.kind !== "rectangle" && geometry.kind !== "ellipse" && geometry.plane.t !== "all")
        expect(one.geometry).toEqual({ ...geometry, plane: { z: geometry.plane.z, t } });
    });
  });

  test("foreign outlines that cross and overlap themselves are valid to shapely once they have been through us", async () => {
    const random = createRandom(11);
    const ring = (): number[] =>
      Array.from({ length: 2 * (3 + random.below(7)) }, () => random.below(640) / 8);
    const closed = (flat: readonly number[]) => {
      const pairs = Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
      return [...pairs, pairs[0]!];
    };
    const features = Array.from({ length: 200 }, (_, i) => ({
      type: "Feature",
      properties: {},
      geometry:
        i % 2 === 0
          ? { type: "Polygon", coordinates: [ring(), ring()].slice(0, 1 + (i % 4) / 2).map(closed) }
          : { type: "MultiPolygon", coordinates: [[closed(ring())], [closed(ring())]] },
    }));
    const coco = {
      images: [{ id: 1, file_name: "x.png", ...SIZE }],
      annotations: Array.from({ length: 200 }, (_, id) => ({
        id,
        image_id: 1,
        segmentation: [ring(), ring()],
      })),
    };
    const read = [
      ...decodeGeoJson(JSON.stringify(features)).annotations,
      ...decodeCoco(JSON.stringify(coco)).images[0]!.annotations,
    ];
    expect(read.length).toBeGreaterThan(390);
    expect(read.filter(({ repaired }) => repaired).length).toBeGreaterThan(300);
    const own = read.map(({ geometry }, i) => ({ ...all[0]!, id: `r${i}`, geometry }));
    const mended = mkdtempSync(join(tmpdir(), "coscope-mended-"));
    try {
      writeFileSync(join(mended, "ours.geojson"), asciiJson(encodeGeoJson(own, { classes })));
      const { file } = encodeCoco([{ fileName: "x.png", ...SIZE, annotations: own }], classes);
      writeFileSync(join(mended, "ours.coco.json"), asciiJson(file));
      // It refuses what is not valid.
      await promisify(execFile)(PYTHON!, [SCRIPT, mended]);
      const { areas: theirs } = JSON.parse(readFileSync(join(mended, "found.json"), "utf8")) as {
        areas: number[];
      };
      own.forEach(({ geometry }, i) => {
        expect(Math.abs(theirs[i]! - areaOf(geometry))).toBeLessThanOrEqual(1e-6 * theirs[i]!);
      });
    } finally {
      rmSync(mended, { recursive: true, force: true });
    }
  });

  test("COCO's masks have our areas for pycocotools, and the file comes back unchanged", () => {
    const found = JSON.parse(read("found.json")) as { pixels: number[] };
    areas.forEach(({ geometry }, i) => {
      const area = areaOf(geometry);
      expect(Math.abs(found.pixels[i]! - area)).toBeLessThanOrEqual(0.06 * area + 25);
    });
    // The masks that pycocotools packs are ours, run by run.
    const masks = (text: string) =>
      (JSON.parse(text) as { annotations: { segmentation: unknown }[] }).annotations.map(
        (a) => a.segmentation,
      );
    expect(masks(read("theirs.coco.json"))).toEqual(masks(read("ours.coco.json")));
    const theirs = decodeCoco(read("theirs.coco.json"));
    expect(theirs.problems).toEqual([]);
    expect(theirs.images[0]!.annotations).toEqual(areas.map(back));
  });
});
