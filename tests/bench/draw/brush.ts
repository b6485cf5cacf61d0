import { areaOf, type Geometry } from "@coscope/annotations/geometry";
import { lowerIsBetter, type Metric, quantile } from "../metric.ts";
import { mainThreadFrames } from "../viewer/trace.ts";
import { openWorkplace, PLACE } from "./workplace.ts";

const VERTICES = 5000;
const RADIUS_PX = 220;

/**
 * Strokes of the brush and of the eraser along the rim of a polygon of 5,000 vertices, by the real mouse, in the real
 * page: all JavaScript on the main thread between two frames, each with a pointer event, and that of the release.
 */
export async function brushScene(quick: boolean): Promise<Metric[]> {
  const place = await openWorkplace([roughDisc()]);
  try {
    const { person } = place;
    const { page } = person;
    const moves: number[] = [];
    const releases: number[] = [];
    for (let stroke = 0; stroke < (quick ? 2 : 8); stroke++) {
      const erases = stroke % 2 === 1;
      await person.key(erases ? "e" : "b");
      const before = areaOf((await place.shape()).geometry);
      const way = await Promise.all(rim(stroke, quick ? 90 : 240).map((at) => person.at(at)));
      await page.mouse.move(way[0]!.x, way[0]!.y);
      await page.mouse.down();
      const costs = await mainThreadFrames(page, async () => {
        for (const { x, y } of way) await page.mouse.move(x, y);
      });
      // The first frames hold the press.
      moves.push(...costs.slice(3));
      const ended = await mainThreadFrames(page, async () => {
        await page.mouse.up();
        await page.evaluate(
          () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
        );
      });
      releases.push(Math.max(...ended));
      const after = areaOf((await place.shape()).geometry);
      if (erases ? after >= before - 1000 : after <= before + 1000)
        throw new Error(`Stroke ${stroke} made an area of ${after} px² out of ${before} px².`);
    }
    console.error(`${moves.length} frames with a pointer event, ${releases.length} releases`);
    const ms = (name: string, value: number) =>
      lowerIsBetter(`brush on ${VERTICES} vertices, ${name}`, Math.round(value * 100) / 100, null, "ms");
    return [
      ms("JavaScript a pointer event, p50", quantile(moves, 0.5)),
      ms("JavaScript a pointer event, p95", quantile(moves, 0.95)),
      ms("JavaScript of the release, worst", Math.max(...releases)),
    ];
  } finally {
    await place.close();
  }
}

/** A disc with teeth, as tissue has them. */
function roughDisc(): Geometry {
  const ring: number[] = [];
  for (let i = 0; i < VERTICES; i++) {
    const angle = (2 * Math.PI * i) / VERTICES;
    const radius = RADIUS_PX + 6 * Math.sin(angle * 211) + 4 * Math.sin(angle * 37);
    ring.push(PLACE.cx + radius * Math.cos(angle), PLACE.cy + radius * Math.sin(angle));
  }
  return { kind: "polygon", plane: { z: 0, t: 0 }, parts: [[ring]] };
}

/** To and fro across the rim, a quarter of the way round; the second time round further out, or in for the eraser. */
function rim(stroke: number, steps: number) {
  const further = Math.floor(stroke / 4) * (stroke % 2 === 1 ? -8 : 8);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = (stroke * Math.PI) / 2 + 0.2 + (1.2 * i) / steps;
    const radius = RADIUS_PX - 4 + further + 18 * Math.sin(i / 7);
    return { x: PLACE.cx + radius * Math.cos(angle), y: PLACE.cy + radius * Math.sin(angle) };
  });
}
