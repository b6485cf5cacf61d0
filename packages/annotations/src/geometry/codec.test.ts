import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeGeometry, decodeGeometryStamps, decodeGeometryValue, encodeGeometry } from "./codec.ts";
import { GeometryDecodeError, GeometryError } from "./errors.ts";
import { arbitraryGeometry } from "./geometry.arbitrary.ts";
import { MAX_VERTICES } from "./limits.ts";
import { quantizeGeometry } from "./quantize.ts";
import type { Geometry } from "./types.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const plane = { z: 0, t: 0 } as const;

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof GeometryDecodeError || error instanceof GeometryError) return error.code;
    throw error;
  }
  return "none";
};

describe("geometry codec", () => {
  test("gives back what is on the grid, and quantizes what is not", () => {
    fc.assert(
      fc.property(arbitraryGeometry, (g) => {
        const decoded = decodeGeometry(encodeGeometry(g));
        expect(decoded).toEqual(quantizeGeometry(g));
        expect(encodeGeometry(decoded)).toEqual(encodeGeometry(g));
      }),
    );
  });

  test("keeps coordinates within 1/128 px", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (x) => {
        const decoded = decodeGeometry(encodeGeometry({ kind: "point", plane, x, y: 0 }));
        expect(decoded.kind === "point" && Math.abs(decoded.x - x)).toBeLessThanOrEqual(1 / 128 + 1e-6);
      }),
    );
  });

  test("carries stamps in the header", () => {
    const stamps = { stamp: new Uint8Array(8).fill(1), parent: new Uint8Array(8).fill(2) };
    fc.assert(
      fc.property(arbitraryGeometry, (g) => {
        const stamped = encodeGeometry(g, stamps);
        expect(decodeGeometryValue(stamped)).toEqual({ geometry: quantizeGeometry(g), stamps });
        expect(decodeGeometryStamps(stamped)).toEqual(stamps);
        expect(decodeGeometryStamps(encodeGeometry(g))).toBeNull();
      }),
    );
  });

  test("keeps whole pixels, in about half the bytes", () => {
    const px = fc.integer({ min: -(2 ** 31), max: 2 ** 31 });
    fc.assert(
      fc.property(fc.array(px, { minLength: 6, maxLength: 40 }), (numbers) => {
        const points = numbers.slice(0, numbers.length & ~1);
        const whole: Geometry = { kind: "polygon", plane, parts: [[points]] };
        expect(decodeGeometry(encodeGeometry(whole))).toEqual(quantizeGeometry(whole));
      }),
    );
    const stairs = Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 1000 + i : 2000 - i));
    const size = (ring: number[]) => encodeGeometry({ kind: "polyline", plane, points: ring }).length;
    expect(size(stairs)).toBeLessThan(0.6 * size(stairs.map((value) => value + 0.5)));
  });

  test("writes the bytes of PROTOCOL.md", () => {
    expect(hex(encodeGeometry({ kind: "point", plane, x: 1.5, y: 2 }))).toBe("0100010000c0018002");
    const rectangle = { kind: "rectangle", plane, x: 10, y: 20, width: 30, height: 40, rotation: 0 } as const;
    expect(hex(encodeGeometry(rectangle))).toBe("010803000014281e2800");
    expect(decodeGeometry(bytes("01 00 03 00 00 800a 8014 800f 8014 00"))).toEqual(rectangle);
    expect(
      hex(encodeGeometry({ kind: "polygon", plane: { z: "all", t: 2 }, parts: [[[0, 0, 10, 0, 10, 5.5]]] })),
    ).toBe("010205020101030000800a0000c005");
  });

  test.each([
    ["", "truncated"],
    ["02 00 01 00 00 00 00", "unknown-version"],
    ["01 10 01 00 00 00 00", "unknown-flags"],
    ["01 00 09 00 00 00 00", "unknown-kind"],
    ["01 00 01 00 00 00", "truncated"],
    ["01 00 01 00 00 00 00 00", "trailing-bytes"],
    ["01 00 01 ffffffff10 00 00 00", "out-of-range"],
    ["01 00 01 00 00 ffffffffffffffff 00", "out-of-range"],
    ["01 00 02 00 00 01 00 00", "bad-count"],
    // Claims 2^28 vertices: refused by the bytes that remain, before anything is allocated.
    ["01 00 02 00 00 ffffff7f 00 00", "bad-count"],
    ["01 00 05 00 00 ffffff7f 01", "bad-count"],
    ["01 00 05 00 00 01 ffffff7f", "bad-count"],
    ["01 00 05 00 00 00", "bad-count"],
    ["01 01 01 00 00 01020304", "truncated"],
    ["01 00 03 00 00 00 00 01 01 80808008", "out-of-range"],
  ])("refuses %s: %s", (text, code) => {
    expect(codeOf(() => decodeGeometry(bytes(text)))).toBe(code);
  });

  test("refuses more vertices than allowed, across rings, and more bytes", () => {
    const ring = Array.from({ length: MAX_VERTICES + 2 }, (_, i) => i % 2);
    const half = encodeGeometry({ kind: "polygon", plane, parts: [[ring.slice(0, MAX_VERTICES), ring]] });
    expect(codeOf(() => decodeGeometry(half))).toBe("bad-count");
    expect(codeOf(() => decodeGeometry(new Uint8Array(2 ** 20 + 1)))).toBe("too-large");
    expect(codeOf(() => decodeGeometry([1, 0, 1] as never))).toBe("not-bytes");
  });

  test("does not write what it could not read", () => {
    const wild = Array.from({ length: 200_000 }, (_, i) => (i % 4 < 2 ? 2 ** 31 - 0.5 : -(2 ** 31)));
    expect(codeOf(() => encodeGeometry({ kind: "polyline", plane, points: wild }))).toBe("too-large");
  });
});
