import { describe, expect, it } from "vitest";
import { SourceError } from "../errors.ts";
import type { Tile, TileRequest, TypedArray } from "../source/image-source.ts";
import { seededRandom } from "../testing/random.ts";
import { maxOverZ, PROJECTION_BYTES, projectionTexelPx } from "./projection.ts";

const REQUEST = { level: 0, x: 0, y: 0, t: 0, channel: 0 };
const damage = new SourceError("malformed", { url: "u", expected: "e", got: "g", next: "n" });
const never = (error: unknown) => expect.unreachable(String(error));
const isDamage = (error: unknown) => error === damage;

function stack(planes: (TypedArray | null | Error)[], fill = 0) {
  return {
    id: "stack",
    fill,
    sizeZ: planes.length,
    async getTile({ z, signal }: TileRequest): Promise<Tile | null> {
      await Promise.resolve();
      signal?.throwIfAborted();
      const data = planes[z]!;
      if (data instanceof Error) throw data;
      return data && { width: data.length, height: 1, data };
    },
  };
}

describe("the maximum over z", () => {
  it("is each pixel's greatest value, and leaves what was read as it was", async () => {
    const random = seededRandom(3);
    const planes = Array.from({ length: 23 }, () =>
      Uint16Array.from({ length: 50 }, () => random() * 65_536),
    );
    const before = planes.map((plane) => plane.slice());
    let steps = 0;
    const tile = await maxOverZ(stack(planes), REQUEST, () => steps++, isDamage, never);
    const expected = planes[0]!.map((_, i) => Math.max(...planes.map((plane) => plane[i]!)));
    expect(tile?.data).toEqual(expected);
    expect(planes).toEqual(before);
    expect(steps).toBe(23);
  });

  it("takes the fill value for planes that the file leaves out, and numbers before NaN", async () => {
    const run = (planes: (TypedArray | null)[], fill: number) =>
      maxOverZ(stack(planes, fill), REQUEST, undefined, isDamage, never);
    expect((await run([Int16Array.of(-5, 3), null], -2))?.data).toEqual(Int16Array.of(-2, 3));
    expect(await run([null, null], 7)).toBeNull();
    const nan = Float32Array.of(Number.NaN, 1);
    expect((await run([nan, Float32Array.of(2, Number.NaN)], 0))?.data).toEqual(Float32Array.of(2, 1));
  });

  it("leaves out damaged planes and says so, unless all are", async () => {
    const said: unknown[] = [];
    const run = (planes: (TypedArray | Error)[]) =>
      maxOverZ(stack(planes), REQUEST, undefined, isDamage, (error) => said.push(error));
    expect((await run([Uint8Array.of(4), damage, Uint8Array.of(9)]))?.data).toEqual(Uint8Array.of(9));
    expect(said).toEqual([damage]);
    await expect(run([damage, damage])).rejects.toBe(damage);
    const lost = new Error("no network");
    await expect(run([Uint8Array.of(4), lost])).rejects.toBe(lost);
  });

  it("ends with its signal", async () => {
    const controller = new AbortController();
    let read = 0;
    const planes = Array.from({ length: 100 }, () => Uint8Array.of(1));
    const step = () => {
      if (++read === 8) controller.abort();
    };
    const request = { ...REQUEST, signal: controller.signal };
    await expect(maxOverZ(stack(planes), request, step, isDamage, () => {})).rejects.toBeDefined();
    expect(read).toBeLessThan(20);
  });
});

it("a projection is read coarser the more planes it has, so that a view decodes a bounded number of bytes", () => {
  for (const planes of [2, 10, 50, 200, 1000]) {
    for (const bytes of [1, 8, 32]) {
      const texelPx = projectionTexelPx(2560 * 1440, planes, bytes);
      expect(((2560 * 1440) / texelPx ** 2) * planes * bytes).toBeLessThanOrEqual(PROJECTION_BYTES);
      expect(
        texelPx === 0.5 || ((2560 * 1440) / (texelPx / 2) ** 2) * planes * bytes > PROJECTION_BYTES,
      ).toBe(true);
    }
  }
});
