import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { newAnnotationId, newStamp } from "@coscope/annotations";
import { type Bench, lowerIsBetter, type Metric, quantile } from "./metric.ts";
import { type Outline, readOutlines } from "./open/outlines.ts";
import { automerge, type Candidate, type Fact, loro, nestedYMap, ours } from "./open/stores.ts";

const root = resolve(import.meta.dirname, "../..");
const SPACING_PX = 64;

/**
 * Opening a layer of outlines of real nuclei: bytes stored an annotation, and milliseconds from those bytes to
 * annotations with bounds in a spatial index, against three other ways to keep the same facts.
 */
export const bench: Bench = async ({ quick }) => {
  const data = process.env.COSCOPE_DATA ?? join(root, "../shared/data");
  const folder = join(data, "dsb2018/labels");
  if (!existsSync(folder))
    throw new Error(
      `bench open wants outlines of real nuclei in ${folder}: set COSCOPE_DATA to the data's folder.`,
    );
  const outlines = await readOutlines(folder, 25_000);
  const vertices = outlines.reduce((sum, outline) => sum + outline.length / 2, 0) / outlines.length;
  console.error(`${outlines.length} outlines of real nuclei, ${vertices.toFixed(1)} vertices each`);

  const metrics: Metric[] = [];
  for (const count of [10_000, 100_000]) {
    const facts = makeFacts(outlines, count);
    const own = measure(ours, facts, quick ? 3 : 7);
    const size = count / 1000;
    const tooSlow = quick && count > 10_000;
    for (const peer of tooSlow ? [nestedYMap] : [nestedYMap, loro, automerge]) {
      const other = measure(peer, facts, quick ? 1 : 5);
      if (other.found !== own.found)
        throw new Error(`${peer.name} finds ${other.found} annotations in the square, coscope ${own.found}.`);
      metrics.push(
        lowerIsBetter(`stored, ${size}k, against ${peer.name}`, own.bytes, other.bytes, "bytes/annotation"),
        lowerIsBetter(`open, ${size}k, against ${peer.name}`, own.ms, other.ms, "ms"),
      );
    }
  }
  return metrics;
};

/** Nuclei on a square grid, twelve authors, in commands of a thousand as an import writes them. */
function makeFacts(outlines: readonly Outline[], count: number): Fact[] {
  const columns = Math.ceil(Math.sqrt(count));
  const authors = Array.from({ length: 12 }, newAnnotationId);
  const classes = Array.from({ length: 6 }, newAnnotationId);
  let stamp = newStamp();
  return Array.from({ length: count }, (_, i) => {
    if (i % 1000 === 0) stamp = newStamp();
    const outline = outlines[i % outlines.length] as Outline;
    const dx = SPACING_PX * (i % columns) - (outline[0] as number);
    const dy = SPACING_PX * Math.floor(i / columns) - (outline[1] as number);
    return {
      id: newAnnotationId(),
      points: outline.map((value, axis) => value + (axis % 2 === 0 ? dx : dy)),
      classId: classes[i % classes.length] as string,
      author: authors[Math.floor(i / 1000) % authors.length] as string,
      created: 1_760_000_000_000 + 1000 * Math.floor(i / 1000),
      stamp,
    };
  });
}

function measure(candidate: Candidate, facts: readonly Fact[], runs: number) {
  const bytes = candidate.write(facts);
  const times: number[] = [];
  let found = 0;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const opened = candidate.open(bytes);
    times.push(performance.now() - start);
    if (opened.size !== facts.length)
      throw new Error(`${candidate.name} opened ${opened.size} annotations, ${facts.length} were stored.`);
    found = opened.within(0, 0, 20 * SPACING_PX, 20 * SPACING_PX);
  }
  const each = bytes.length / facts.length;
  const ms = quantile(times, 0.5);
  console.error(`${candidate.name}: ${each.toFixed(0)} B each, ${ms.toFixed(0)} ms to open ${facts.length}`);
  return { bytes: each, ms, found };
}
