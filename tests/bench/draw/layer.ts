import { createImageAnnotatorState, type ImageAnnotation, ShapeType } from "@annotorious/annotorious";
import {
  createLayerDocument,
  createQuery,
  execute,
  imagePoint,
  type LayerDocument,
  type LayerQuery,
  makeAdd,
  makeReshape,
  newAnnotationId,
  type PolygonGeometry,
} from "@coscope/annotations";
import { boundsOf } from "@coscope/annotations/geometry";
import { lowerIsBetter, type Metric, quantile } from "../metric.ts";

const COLUMNS = 317;
const SPACING_PX = 40;
const BATCH = 2000;
const PLANE = { z: 0, t: 0 };

/**
 * A layer of 100,000 outlines (20,000 in the short form: the peer takes its time to load more): a marquee over a tenth of it, a click, and an outline changed. The peer is the store
 * behind @annotorious/openseadragon, which keeps plain objects for one person; ours is the shared document.
 */
export function layerScene(quick: boolean): Metric[] {
  const count = quick ? 20_000 : 100_000;
  const size = `${count / 1000}k`;
  const outlines = Array.from({ length: count }, (_, i) => outline(i));
  const ours = openOurs(outlines);
  const peer = openPeer(outlines);
  const rounds = quick ? 20 : 100;
  const side = SPACING_PX * Math.sqrt(count / 10);
  const marquee = compare(`marquee over a tenth of ${size}`, rounds, (i) => {
    const at = SPACING_PX * (i % 10);
    const box = { minX: at, minY: at, maxX: at + side, maxY: at + side };
    return [
      () => ours.query.within(box, PLANE).length,
      () => peer.store.getIntersecting(at, at, side, side).length,
    ];
  });
  const click = compare(`click among ${size}`, 10 * rounds, (i) => {
    const [x, y] = middle((i * 7919) % count);
    return [() => ours.query.at(imagePoint(x, y), 0, PLANE)[0]?.id, () => peer.store.getAt(x, y)?.id];
  });
  const reshape = compare(`one outline of ${size} changed`, rounds, (i) => {
    const index = (i * 7919) % count;
    const geometry = outline(index, 1);
    const { id } = peer.ids[index]!;
    return [
      () => {
        execute(ours.document, makeReshape(id, geometry), "bench");
        return ours.query.get(id)!.bounds.maxX.toFixed(1);
      },
      () => {
        peer.store.updateTarget({ annotation: id, selector: selectorOf(geometry) });
        return (peer.store.getAnnotation(id) as ImageAnnotation).target.selector.geometry.bounds.maxX.toFixed(
          1,
        );
      },
    ];
  });
  ours.query.destroy();
  return [marquee, click, reshape];

  function openOurs(all: readonly PolygonGeometry[]): { document: LayerDocument; query: LayerQuery } {
    const document = createLayerDocument();
    for (let i = 0; i < all.length; i += BATCH) {
      const annotations = all.slice(i, i + BATCH).map((geometry, k) => ({ ...named(i + k), geometry }));
      execute(document, makeAdd({ author: "bench", annotations }), "bench");
    }
    return { document, query: createQuery(document) };
  }

  function openPeer(all: readonly PolygonGeometry[]) {
    const { store } = createImageAnnotatorState<ImageAnnotation, ImageAnnotation>({});
    const ids = all.map((_, i) => named(i));
    // Its ways to add many at once are slower still: they take the square of the number.
    for (const [i, geometry] of all.entries()) {
      const { id } = ids[i]!;
      store.addAnnotation({ id, bodies: [], target: { annotation: id, selector: selectorOf(geometry) } });
    }
    return { store, ids };
  }
}

const names: { id: string; classId: null }[] = [];

/** The same id on both sides. */
function named(index: number): { id: string; classId: null } {
  names[index] ??= { id: newAnnotationId(), classId: null };
  return names[index];
}

/** Both do it, one after the other, and must answer alike. */
function compare(
  name: string,
  rounds: number,
  round: (i: number) => [ours: () => unknown, theirs: () => unknown],
): Metric {
  const samples = [[], []] as [number[], number[]];
  for (let i = 0; i < rounds; i++) {
    const answers = round(i).map((run, who) => {
      const start = performance.now();
      const answer = run();
      samples[who as 0 | 1].push(performance.now() - start);
      return answer;
    });
    if (answers[0] !== answers[1]) throw new Error(`${name}: ${answers[0]}, and the peer says ${answers[1]}`);
  }
  const [ours, theirs] = samples.map((ms) => Math.round(quantile(ms, 0.5) * 10_000) / 10_000);
  return lowerIsBetter(`${name}, p50`, ours!, theirs!, "ms");
}

function middle(index: number): [number, number] {
  return [SPACING_PX * (index % COLUMNS) + 20, SPACING_PX * Math.floor(index / COLUMNS) + 20];
}

/** Of 16 corners, like a nucleus, on the grid that documents keep. */
function outline(index: number, grown = 0): PolygonGeometry {
  const [cx, cy] = middle(index);
  const ring: number[] = [];
  for (let k = 0; k < 16; k++) {
    const angle = (k / 16) * 2 * Math.PI;
    const radius = 10 + grown + ((index * 7 + k * 3) % 5);
    ring.push(onGrid(cx + radius * Math.cos(angle)), onGrid(cy + radius * Math.sin(angle)));
  }
  return { kind: "polygon", plane: PLANE, parts: [[ring]] };
}

const onGrid = (px: number): number => Math.round(px * 64) / 64;

function selectorOf(geometry: PolygonGeometry) {
  const ring = geometry.parts[0]![0]!;
  const points = Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i]!, ring[2 * i + 1]!]);
  return { type: ShapeType.POLYGON, geometry: { bounds: boundsOf(geometry), points } };
}
