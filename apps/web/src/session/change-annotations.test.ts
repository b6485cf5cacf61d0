import {
  createLayerDocument,
  createQuery,
  execute,
  type Geometry,
  makeAdd,
  slicesOf,
} from "@coscope/annotations";
import { expect, test, vi } from "vitest";
import type { Target } from "../tools/tool.ts";
import { moveAnnotations } from "./change-annotations.ts";
import { createEdits } from "./edits.ts";
import type { LiveLayer } from "./live-layer.ts";

/** What a server takes in one message. */
const MOST_BYTES = 16 * 2 ** 20;

test("many large outlines move in portions that a server takes, and come back by one undo", () => {
  const document = createLayerDocument();
  const query = createQuery(document);
  const live = {
    run: (command: Parameters<LiveLayer["run"]>[0]) => execute(document, command, null),
  } as unknown as LiveLayer;
  const edits = createEdits({
    notices: { say: vi.fn(), dismiss: vi.fn() } as never,
    userId: () => "anna",
    live: () => live,
    classOf: () => undefined,
    lastEditorOf: () => null,
    select: vi.fn(),
  });
  const plane = { z: 0, t: 0 };
  // Far apart corners take as many bytes as corners can.
  const far = Array.from({ length: 2 * 20_000 }, (_, i) => ((i * 7919) % 65_536) * 1_000 + (i % 7));
  const outline = (i: number): Geometry => ({
    kind: "polyline",
    plane,
    points: far.map((value) => value + i),
  });
  const annotations = Array.from({ length: 30 }, (_, i) => ({ id: `a${i}`, geometry: outline(i) }));
  for (const slice of slicesOf(annotations))
    execute(document, makeAdd({ author: "anna", annotations: slice }), null);
  const targets = annotations.map(({ id }): Target => ({ layerId: "one", annotation: query.get(id)! }));
  const sizes: number[] = [];
  document.doc.on("update", (update: Uint8Array) => sizes.push(update.length));

  moveAnnotations(edits, targets, 3, 3);
  expect(sizes).toHaveLength(15);
  expect(Math.max(...sizes)).toBeLessThan(MOST_BYTES / 16);
  expect(query.get("a29")!.geometry).toEqual(outline(32));
  edits.undo();
  expect(sizes).toHaveLength(30);
  expect(Math.max(...sizes)).toBeLessThan(MOST_BYTES / 16);
  expect(query.get("a29")!.geometry).toEqual(outline(29));
  expect(edits.undoState.get()).toEqual({ canUndo: false, canRedo: true });
});
