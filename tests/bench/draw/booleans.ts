import { areaOf, type Geometry, type PolygonGeometry } from "@coscope/annotations/geometry";
import { intersect, subtract, unite } from "@coscope/annotations/shapes";
import * as polyclip from "polyclip-ts";
import { lowerIsBetter, type Metric, quantile } from "../metric.ts";

const VERTICES = 5000;
const SCENES = [
  { name: "union", ours: unite, theirs: polyclip.union },
  { name: "subtraction", ours: subtract, theirs: polyclip.difference },
  { name: "intersection", ours: intersect, theirs: polyclip.intersection },
] as const;

/** Two polygons of 5,000 vertices that cross some hundred times. The peer is what most JavaScript tools clip with. */
export function booleanScene(quick: boolean): Metric[] {
  const [a, b] = [gear(0, 0), gear(150, 40)];
  return SCENES.map(({ name, ours, theirs }) => {
    const own = timed(quick ? 5 : 20, () => ours(a, b));
    const other = timed(quick ? 2 : 8, () => theirs(toTheirs(a), toTheirs(b)));
    const [area, expected] = [own.result ? areaOf(own.result) : 0, areaOf(fromTheirs(other.result))];
    if (Math.abs(area - expected) > 1e-4 * expected)
      throw new Error(`${name}: an area of ${area} px², polyclip-ts says ${expected} px²`);
    return lowerIsBetter(`${name} of two polygons of ${VERTICES} vertices`, own.ms, other.ms, "ms");
  });
}

function timed<T>(times: number, run: () => T): { ms: number; result: T } {
  const samples: number[] = [];
  let result = run();
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    result = run();
    samples.push(performance.now() - start);
  }
  return { ms: Math.round(quantile(samples, 0.5) * 100) / 100, result };
}

function gear(dx: number, dy: number): PolygonGeometry {
  const ring: number[] = [];
  for (let i = 0; i < VERTICES; i++) {
    const angle = (2 * Math.PI * i) / VERTICES;
    const radius = 1000 + 40 * Math.sin(angle * 97);
    ring.push(1500 + dx + radius * Math.cos(angle), 1500 + dy + radius * Math.sin(angle));
  }
  return { kind: "polygon", plane: { z: 0, t: 0 }, parts: [[ring]] };
}

function toTheirs({ parts }: PolygonGeometry): polyclip.Geom {
  return parts.map((rings) =>
    rings.map((ring) =>
      Array.from({ length: ring.length / 2 }, (_, i): [number, number] => [ring[2 * i]!, ring[2 * i + 1]!]),
    ),
  );
}

function fromTheirs(polygons: [number, number][][][]): Geometry {
  const parts = polygons.map((rings) => rings.map((ring) => ring.slice(0, -1).flat()));
  return { kind: "polygon", plane: { z: 0, t: 0 }, parts };
}
