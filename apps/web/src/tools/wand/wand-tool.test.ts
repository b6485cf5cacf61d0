import { areaOf, type Geometry, type PolygonGeometry } from "@coscope/annotations/geometry";
import { beforeEach, expect, test, vi } from "vitest";
import { PixelJobs } from "../smart/pixel-jobs.ts";
import type { PixelWorker } from "../smart/pixel-worker.ts";
import { pointerFor, type RecordingHost, recordingHost } from "../testing.ts";
import type { Change } from "../tool.ts";
import { draggedTolerance, percent, TOLERANCE, wandTolerance } from "./tolerance.ts";
import { createWandTool } from "./wand-tool.ts";

const SIDE = 100;

/** A hill: brightest in the middle, down to 0 at 50 px from it. */
export function hillHost(): RecordingHost {
  const host = recordingHost();
  const samples = () =>
    Float32Array.from({ length: SIDE * SIDE }, (_, i) =>
      Math.max(0, 1 - Math.hypot((i % SIDE) + 0.5 - 50, Math.floor(i / SIDE) + 0.5 - 50) / 50),
    );
  host.readView = async () => ({
    x: 0,
    y: 0,
    scaleX: 1,
    scaleY: 1,
    width: SIDE,
    height: SIDE,
    channels: [{ channel: 0, samples: samples() }],
    goesOn: { left: true, top: true, right: true, bottom: true },
    missing: 0,
  });
  return host;
}

/** The worker's jobs, here. */
export function inlineWorker(): PixelWorker {
  const jobs = new PixelJobs();
  return {
    open: async (seen) => jobs.open(seen),
    wand: async (...args) => jobs.wand(...args),
    path: async (...args) => jobs.path(...args),
    outline: async (...args) => jobs.outline(...args),
  };
}

function set() {
  const host = hillHost();
  const tool = createWandTool(host, () => worker);
  const worker = inlineWorker();
  return { host, tool, pointer: pointerFor(host, tool.pointer) };
}

const changes = (host: RecordingHost) => (host.log as [string, Change][]).map(([, change]) => change);
const added = (host: RecordingHost) =>
  changes(host).flatMap(({ add = [] }) => add.map((one) => one.geometry));

beforeEach(() => wandTolerance.set(0.2));

function cornersOf(geometry: Geometry): string[] {
  const ring = (geometry as PolygonGeometry).parts.flat(2);
  return ring.flatMap((x, i) => (i % 2 === 0 ? [`${x} ${ring[i + 1]}`] : [])).toSorted();
}

test("a click takes what looks alike", async () => {
  const { host, tool, pointer } = set();
  pointer.click(50, 50);
  expect(tool.busy()).toBe(true);
  await vi.waitFor(() => expect(host.log).toHaveLength(1));
  expect(tool.busy()).toBe(false);
  expect(areaOf(added(host)[0]!) / (Math.PI * 10 ** 2)).toBeCloseTo(1, 0);
  expect(host.previews).toEqual([]);
});

test("dragged to the right it takes more, which is remembered; what is shown is what is taken", async () => {
  const { host, pointer } = set();
  pointer.event("down", { x: 50, y: 50 });
  await vi.waitFor(() => expect(host.previews).toHaveLength(1));
  const before = areaOf(host.previews[0]!.geometry);
  pointer.event("move", { x: 130, y: 50 });
  await vi.waitFor(() => expect(areaOf(host.previews[0]!.geometry)).toBeGreaterThan(3 * before));
  expect(host.hintText).toMatch(/Tolerance 40 %/);
  const shown = host.previews[0]!.geometry;
  pointer.event("up", { x: 130, y: 50 });
  await vi.waitFor(() => expect(added(host)).toHaveLength(1));
  // The same outline, wherever it begins.
  expect(cornersOf(added(host)[0]!)).toEqual(cornersOf(shown));
  expect(areaOf(added(host)[0]!)).toBe(areaOf(shown));
  expect(wandTolerance.get()).toBeCloseTo(0.4);
});

test("Esc takes nothing, and neither does what is computed afterwards", async () => {
  const { host, tool, pointer } = set();
  pointer.event("down", { x: 50, y: 50 });
  expect(tool.cancel()).toBe(true);
  pointer.event("up", { x: 50, y: 50 });
  await new Promise((resolve) => setTimeout(resolve));
  expect(host.log).toEqual([]);
  expect(host.previews).toEqual([]);
});

test("Alt cuts the area away, Shift adds to it", async () => {
  const { host, pointer } = set();
  const box = {
    kind: "rectangle",
    plane: { z: 0, t: 0 },
    x: 0,
    y: 0,
    width: 55,
    height: 55,
    rotation: 0,
  } as const;
  host.put("box", box);
  pointer.click(50, 50, { alt: true });
  await vi.waitFor(() => expect(host.log).toHaveLength(1));
  pointer.click(50, 50, { shift: true });
  await vi.waitFor(() => expect(host.log).toHaveLength(2));
  const [less, more] = changes(host).map(({ reshape }) => areaOf(reshape![0]!.geometry!));
  expect(less).toBeLessThan(55 * 55);
  expect(more).toBeGreaterThan(55 * 55);
});

test("says that an area goes on beyond the screen, and that nothing is shown", async () => {
  const { host, pointer } = set();
  wandTolerance.set(TOLERANCE.most);
  pointer.click(99, 99);
  await vi.waitFor(() => expect(host.hintText).toMatch(/beyond what is on screen/));
  host.readView = async () => null;
  pointer.click(50, 50);
  await vi.waitFor(() => expect(host.hintText).toMatch(/No channel is shown/));
  host.readView = () => Promise.reject(new Error("no network"));
  pointer.click(50, 50);
  await vi.waitFor(() => expect(host.hintText).toMatch(/could not be read/));
});

test("hints follow the modifiers", () => {
  const { host, tool } = set();
  const none = { shift: false, alt: false, ctrl: false };
  tool.refresh(none);
  expect(host.hintText).toMatch(/Drag right or left/);
  tool.refresh({ ...none, alt: true });
  expect(host.hintText).toMatch(/Cuts/);
});

test("tolerance doubles over the same way, within bounds", () => {
  expect(draggedTolerance(0.1, 80)).toBeCloseTo(0.2);
  expect(draggedTolerance(0.1, -80)).toBeCloseTo(0.05);
  expect(draggedTolerance(0.1, 9999)).toBe(TOLERANCE.most);
  expect(draggedTolerance(0.1, -9999)).toBe(TOLERANCE.least);
  expect([0.02, 0.4].map(percent)).toEqual(["2.0 %", "40 %"]);
});
