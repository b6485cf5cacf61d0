import { expect, it } from "vitest";
import { PointLabel } from "../decoder.ts";
import type { Embedding } from "../embedding.ts";
import type { Session } from "../runtime.ts";
import { framePoints, pointInputsOf } from "./points.ts";

const session = (name: string, count: number | string) =>
  ({
    inputNames: [name],
    inputMetadata: [{ name, shape: name.startsWith("batched") ? [1, 1, count, 2] : [1, count, 2] }],
  }) as unknown as Session;
const frame = { scaleX: 2, scaleY: 4, width: 1024, height: 1024 };
const clicks = (n: number, label: number = PointLabel.inside) => ({
  embedding: {} as Embedding,
  window: { x: 10, y: 20, width: 256, height: 256 },
  points: Float32Array.from({ length: 3 * n }, (_, i) => [Math.floor(i / 3), 1, label][i % 3] as number),
  previous: null,
});
const points = (n: number, of: Session, label?: number) =>
  framePoints(clicks(n, label), frame, { x: 0.5, y: 0.25 }, pointInputsOf(of));

it("takes prompts to the frame, with one more that says nothing where there is no box", () => {
  const plain = session("point_coords", "n");
  expect(points(2, plain)).toEqual({ coords: [19.5, 83.75, 21.5, 83.75, 0, 0], labels: [1, 1, -1] });
  expect(points(1, plain, PointLabel.boxTopLeft)).toEqual({ coords: [19.5, 83.75], labels: [2] });
  expect(points(1, session("batched_point_coords", "n")).labels).toEqual([1]);
});

it("gives a graph as many as it takes: the first, which say what is meant, and the latest", () => {
  const batched = points(9, session("batched_point_coords", "n"));
  expect(batched.labels.length).toBe(6);
  const at = (coords: number[]) => coords.filter((_, i) => i % 2 === 0).map((x) => (x + 0.5) / 2 - 10);
  expect(at(batched.coords)).toEqual([0, 1, 5, 6, 7, 8]);
  const five = session("point_coords", 5);
  expect(points(1, five).labels).toEqual([1, -1, -1, -1, -1]);
  expect(at(points(7, five).coords)).toEqual([0, 1, 4, 5, 6]);
});
