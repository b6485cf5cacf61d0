import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryGeometry } from "../geometry/geometry.arbitrary.ts";
import { quantizeGeometry } from "../geometry/index.ts";
import { mended } from "../shapes/booleans.ts";
import { decodeCoco, encodeCoco } from "./coco.ts";
import { InterchangeError } from "./errors.ts";
import { decodeGeoJson, encodeGeoJson } from "./geojson.ts";
import { asciiJson } from "./read.ts";
import type { ExportedAnnotation } from "./types.ts";

const RUNS = Number(process.env.COSCOPE_FUZZ_RUNS ?? (process.env.COSCOPE_FULL ? 10_000 : 300));

const classes = [{ id: "c", name: "A: B", color: "#112233" }];
const annotation: fc.Arbitrary<ExportedAnnotation> = fc.record({
  id: fc.constantFrom("abc", "01234567-89ab-4def-8123-456789abcdef"),
  geometry: arbitraryGeometry.map(quantizeGeometry).filter((g) => mended(g) !== null),
  classId: fc.constantFrom(null, "c"),
  label: fc.string({ unit: "grapheme", maxLength: 20 }),
  author: fc.constant("anna"),
  created: fc.nat(),
});
/** What is sound comes back as it was; what crosses or overlaps itself, mended and marked. */
const back = ({ classId, ...rest }: ExportedAnnotation) => {
  const geometry = mended(rest.geometry)!;
  const repaired = geometry === rest.geometry ? {} : { repaired: true };
  return { ...rest, geometry, ...repaired, className: classId && "A: B" };
};

test("any sound annotation goes through GeoJSON unchanged", () => {
  fc.assert(
    fc.property(fc.array(annotation, { maxLength: 5 }), (list) => {
      const read = decodeGeoJson(asciiJson(encodeGeoJson(list, { classes })));
      expect(read.problems).toEqual([]);
      expect(read.annotations).toEqual(list.map(back));
    }),
    { numRuns: RUNS },
  );
});

test("any sound area goes through COCO unchanged", () => {
  const area = annotation.filter(({ geometry: { kind } }) => kind !== "point" && kind !== "polyline");
  fc.assert(
    fc.property(fc.array(area, { maxLength: 4 }), (list) => {
      const { file, left } = encodeCoco(
        [{ fileName: "x", width: 700, height: 500, annotations: list }],
        classes,
      );
      const read = decodeCoco(asciiJson(file));
      expect([...left, ...read.problems]).toEqual([]);
      expect(read.images[0]?.annotations).toEqual(list.map(back));
    }),
    { numRuns: RUNS / 2 },
  );
});

/** One value somewhere in a good file becomes something else. */
function mutate(value: unknown, path: number, by: unknown): unknown {
  if (typeof value !== "object" || value === null) return by;
  const keys = Object.keys(value);
  if (keys.length === 0 || path % 7 === 0) return by;
  const key = keys[path % keys.length]!;
  const changed = mutate((value as Record<string, unknown>)[key], Math.floor(path / keys.length), by);
  return Array.isArray(value)
    ? value.map((item, i) => (`${i}` === key ? changed : item))
    : { ...value, [key]: changed };
}

test("whatever is in a file, only our errors come out", () => {
  fc.assert(
    fc.property(
      fc.array(annotation, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.jsonValue(),
      (list, path, by) => {
        const images = [{ fileName: "x", width: 70, height: 50, annotations: list }];
        for (const read of [
          () => decodeGeoJson(JSON.stringify(mutate(encodeGeoJson(list, { classes }), path, by))),
          () => decodeCoco(JSON.stringify(mutate(encodeCoco(images, classes).file, path, by))),
          () => decodeGeoJson(JSON.stringify(by)),
          () => decodeCoco(JSON.stringify(by)),
        ])
          try {
            read();
          } catch (error) {
            if (!(error instanceof InterchangeError)) throw error;
          }
      },
    ),
    { numRuns: RUNS },
  );
});
