import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeGeometryValue, encodeGeometry } from "./codec.ts";
import { GeometryDecodeError } from "./errors.ts";
import { arbitraryGeometry } from "./geometry.arbitrary.ts";
import { MAX_COORDINATE, MAX_VERTICES } from "./limits.ts";

/** Decodes; whatever the bytes, the result is in the limits or the error is ours. */
function decodeAnything(bytes: Uint8Array): void {
  try {
    const { geometry } = decodeGeometryValue(bytes);
    const numbers =
      geometry.kind === "polygon"
        ? geometry.parts.flat(2)
        : geometry.kind === "polyline"
          ? geometry.points
          : Object.values(geometry).filter((value) => typeof value === "number");
    expect(numbers.length).toBeLessThanOrEqual(2 * MAX_VERTICES);
    // A vertex takes at least two bytes: what is claimed is never more than what is there.
    expect(numbers.length).toBeLessThanOrEqual(bytes.length + 5);
    for (const value of numbers) expect(Math.abs(value)).toBeLessThanOrEqual(MAX_COORDINATE);
  } catch (error) {
    if (!(error instanceof GeometryDecodeError)) throw error;
  }
}

describe("decoding geometry from anything", () => {
  test("random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decodeAnything), { numRuns: 20_000 });
  });

  test("random bytes behind a good header", () => {
    const header = fc.constantFrom(1, 2, 3, 4, 5).map((kind) => [1, 6, kind]);
    const any = fc.tuple(header, fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(any, ([head, rest]) => decodeAnything(Uint8Array.from([...head, ...rest]))),
      { numRuns: 20_000 },
    );
  });

  test("good bytes, cut, changed and extended", () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(
        arbitraryGeometry,
        edits,
        fc.nat(),
        fc.uint8Array({ maxLength: 4 }),
        (g, changes, cut, tail) => {
          const good = encodeGeometry(g);
          const bytes = Uint8Array.from([...good.subarray(0, (cut % (good.length + 1)) + 1), ...tail]);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          decodeAnything(bytes);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});
