import { decodeGeometry, encodeGeometry } from "@coscope/annotations/geometry";
import { type PixelMask, partsOf, rasterise } from "@coscope/annotations/shapes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { outlineOfMask, pixelIou } from "../../masks/outline.ts";
import type { Scene } from "../../masks/protocol.ts";
import { recordingHost } from "../testing.ts";
import { additionOf, polygon } from "./keep.ts";
import { model } from "./testing.ts";

const SIDE = 96;
const scene: Scene = {
  imageId: "i",
  width: 1e5,
  height: 1e5,
  z: 0,
  t: 0,
  channels: [0],
  model,
  private: false,
};
const region = { scale: 1, x: 0, y: 0 } as const;

interface Blob {
  readonly rx: number;
  readonly ry: number;
  readonly turn: number;
  readonly hole: number;
  readonly second: boolean;
}

/** A turned ellipse, maybe with a hole, maybe with another part beside it; the finest are four px across. */
function maskOf({ rx, ry, turn, hole, second }: Blob): PixelMask {
  const inside = (x: number, y: number) => {
    const [u, v] = [x * Math.cos(turn) + y * Math.sin(turn), y * Math.cos(turn) - x * Math.sin(turn)];
    return Math.hypot(u / rx, v / ry);
  };
  const data = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) - SIDE / 2 + 0.5, Math.floor(i / SIDE) - SIDE / 2 + 0.5];
    const d = inside(x, y);
    const isHole = hole > 0 && rx > 8 && ry > 8 && d < hole;
    return (d < 1 && !isHole) || (second && Math.hypot(x - 40, y - 40) < 5) ? 1 : 0;
  });
  return { x: 71_000, y: 43_000, width: SIDE, height: SIDE, data };
}

test("what is stored of a mask fills its pixels again, IoU ≥ 0.98, at every zoom", () => {
  const host = recordingHost();
  const radius = fc.double({ min: 2, max: 36, noNaN: true });
  const blob = fc.record({
    rx: radius,
    ry: radius,
    turn: fc.double({ min: 0, max: 3.14, noNaN: true }),
    hole: fc.constantFrom(0, 0.3, 0.6),
    second: fc.boolean(),
  });
  fc.assert(
    fc.property(blob, fc.constantFrom(0.1, 0.25, 0.5, 1, 2, 4, 16), (shape, zoom) => {
      const mask = maskOf(shape);
      const prompts = [{ kind: "point", x: 0, y: 0, inside: true }] as const;
      const outline = polygon(outlineOfMask(mask, 0.5 / zoom), host.plane());
      const kept = additionOf(host, scene, outline, { prompts, region, score: 1 })!;
      const stored = decodeGeometry(encodeGeometry(kept.geometry));
      expect(pixelIou(mask, rasterise(partsOf(stored), mask).data)).toBeGreaterThanOrEqual(0.98);
    }),
    { numRuns: 150 },
  );
});
