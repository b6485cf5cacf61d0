import type { AnnotationSnapshot, LayerId } from "@coscope/annotations";
import { measureShape, type ShapeMeasures } from "@coscope/annotations/shapes";

/** One line of the table. `measures` are filled in when they are first needed. */
export interface ObjectRow {
  readonly id: string;
  readonly layerId: LayerId;
  readonly annotation: AnnotationSnapshot;
  measures: ShapeMeasures | null;
}

/** Size of a pixel; `unit` is what lengths are then in. */
export interface Scale {
  readonly x: number;
  readonly y: number;
  readonly unit: string;
}

export const PIXELS: Scale = { x: 1, y: 1, unit: "px" };

/** A row of a snapshot. What was measured of the same outline before is kept. */
export function rowOf(layerId: LayerId, annotation: AnnotationSnapshot, before?: ObjectRow): ObjectRow {
  const same = before && before.annotation.stamps.geometry === annotation.stamps.geometry;
  return { id: annotation.id, layerId, annotation, measures: same ? before.measures : null };
}

export function measured(row: ObjectRow, scale: Scale): ShapeMeasures {
  row.measures ??= measureShape(row.annotation.geometry, scale);
  return row.measures;
}

/** Main-thread time between two breaks: a frame has room for it. */
const SLICE_MS = 5;

/**
 * Measures what is not measured yet, a few milliseconds at a time. False when it was called off.
 */
export async function measureRows(
  rows: Iterable<ObjectRow>,
  scale: Scale,
  goesOn: () => boolean = () => true,
  onProgress: (done: number) => void = () => {},
): Promise<boolean> {
  let began = performance.now();
  let done = 0;
  for (const row of rows) {
    measured(row, scale);
    done++;
    // The clock is asked for every few shapes, and after one that is long.
    if ((done & 15) !== 0 && row.annotation.geometry.kind !== "polygon") continue;
    if (performance.now() - began < SLICE_MS) continue;
    onProgress(done);
    await nextTask();
    if (!goesOn()) return false;
    began = performance.now();
  }
  onProgress(done);
  return true;
}

/** Lets the page do something else; sooner than a timeout, which browsers slow down. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
