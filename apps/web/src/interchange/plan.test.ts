import type { FileSummary, ImportedAnnotation } from "@coscope/annotations/interchange";
import { expect, test, vi } from "vitest";
import type { ClassRow } from "../state/rows.ts";
import { createStore } from "../state/store.ts";
import type { Workspace } from "../state/workspace.ts";
import type { FileWorker } from "./client.ts";
import { isAnnotationFile, takeAnnotationFiles } from "./files.ts";
import { colorOfNew, doneText, firstChoices, nextStepFor, warningsOf } from "./plan.ts";
import { className, layerName, runImport } from "./run-import.ts";

const summary: FileSummary = {
  format: "coco",
  count: 10,
  kinds: { polygon: 10 },
  classes: [
    { name: "nuclei", color: null, count: 4 },
    { name: "Odd", color: "#123456", count: 5 },
  ],
  unclassified: 1,
  bounds: null,
  outside: 0,
  elsewhere: 0,
  repaired: 0,
  nuclei: 0,
  unmeasured: 0,
  images: [{ name: "x.png", width: 5, height: 6, count: 10 }],
  image: 0,
  otherSize: false,
};
const rows = [{ id: "n", name: "Nucleus", synonyms: ["nuclei"] }] as unknown as ClassRow[];

test("classes are matched by name or synonym, others are new, in the file's colour or the next one", () => {
  expect([...firstChoices(summary.classes, rows)]).toEqual([
    ["nuclei", { kind: "class", id: "n" }],
    ["Odd", { kind: "new" }],
  ]);
  expect(colorOfNew("#123456", 3)).toBe("#123456");
  expect(colorOfNew(null, 3)).toMatch(/^#[0-9a-f]{6}$/);
  expect(colorOfNew(null, 300)).toMatch(/^#[0-9a-f]{6}$/);
});

test("what is odd about a file is said", () => {
  expect(warningsOf(summary, 0)).toEqual([]);
  expect(warningsOf({ ...summary, otherSize: true, outside: 2, elsewhere: 3 }, 1)).toHaveLength(4);
  expect(warningsOf({ ...summary, outside: 10 }, 0)[0]).toContain("right file");
  expect(warningsOf({ ...summary, repaired: 3, nuclei: 1, unmeasured: 2 }, 0)).toEqual([
    "3 outlines cross or overlap themselves: they are repaired, the areas stay.",
    "One cell has an outline of its nucleus too, which is left out.",
    expect.stringContaining("measurements of 2 annotations are left out"),
  ]);
  expect(nextStepFor("not-json")).not.toBe(nextStepFor("unreadable"));
});

test("what came of it says what an undo leaves", () => {
  const made = new Map([
    ["a", { kind: "new" }],
    ["b", { kind: "new" }],
    ["c", { kind: "none" }],
  ] as const);
  expect(doneText(1_200, 1_200, new Map())).toMatch(
    /^1.200 annotations imported. Undo takes them away again.$/,
  );
  expect(doneText(5, 5, made)).toContain("again; the 2 new classes stay.");
  expect(doneText(3, 5, new Map([["a", { kind: "new" }]]))).toBe(
    "Stopped: 3 of 5 annotations imported. Undo takes them away; the new class stays.",
  );
});

test("annotation files are taken out of what was dropped; those in folders are an image's", () => {
  const file = (path: string) => ({ path, file: new File([], path) });
  const all = ["a.geojson", "slide.zarr/zarr.json", "b.JSON", "c.tif"].map(file);
  expect(all.map(isAnnotationFile)).toEqual([true, false, true, false]);
  expect(takeAnnotationFiles(all).map(({ path }) => path)).toEqual(["slide.zarr/zarr.json", "c.tif"]);
  expect(layerName("cells.coco.json")).toBe("cells");
  expect(layerName(".json")).toBe("Imported");
  expect([className("\0 "), className(" a\0b "), className("x".repeat(5000)).length]).toEqual([
    "Unnamed",
    "ab",
    200,
  ]);
});

function imported(stopAfter = Number.POSITIVE_INFINITY) {
  const annotation = (i: number): ImportedAnnotation => ({
    geometry: { kind: "point", plane: { z: 0, t: 0 }, x: i, y: 0 },
    className: i % 2 === 0 ? "nuclei" : "Odd",
    label: "",
  });
  const all = Array.from({ length: 1_700 }, (_, i) => annotation(i));
  const worker = {
    ask: async ({ from }: { from: number }) => all.slice(from, from + 1_000),
    close: vi.fn(),
  } as unknown as FileWorker;
  const stop = new AbortController();
  const added: { classId: string | null }[] = [];
  const steps: string[] = [];
  const importing = {
    addLayer: async (name: string) => `layer ${name}`,
    addClass: async (name: string, color: string) => `${name} ${color}`,
    ready: async () => {},
    room: async () => {},
    writer: (layerId: string) => {
      steps.push(layerId);
      return (slice: { classId: string | null }[]) => {
        added.push(...slice);
        if (added.length >= stopAfter) stop.abort();
        return true;
      };
    },
  };
  const workspace = { importing, classes: createStore(rows) } as unknown as Workspace;
  const classes = firstChoices(summary.classes, rows);
  const preview = { summary, sample: [], problems: [], problemCount: 0 };
  vi.stubGlobal("document", { visibilityState: "hidden" });
  const run = runImport({
    workspace,
    worker,
    fileName: "cells.geojson",
    preview,
    plan: { image: 0, layerId: null, classes },
    signal: stop.signal,
    onProgress: () => {},
  });
  return run.finally(() => vi.unstubAllGlobals()).then((count) => ({ count, added, steps }));
}

test("all of it is added, as one step of undo, into a new layer, with classes matched and made", async () => {
  const { count, added, steps } = await imported();
  expect([count, added.length, steps]).toEqual([1_700, 1_700, ["layer cells"]]);
  expect(new Set(added.map(({ classId }) => classId))).toEqual(new Set(["n", "Odd #123456"]));
});

test("stopped, it says how many there are", async () => {
  const { count, added } = await imported(600);
  expect(count).toBe(added.length);
  expect(count).toBeLessThan(1_700);
});
