import { areaOf } from "@coscope/annotations/geometry";
import { expect, test, vi } from "vitest";
import { PixelJobs } from "../smart/pixel-jobs.ts";
import type { PixelWorker } from "../smart/pixel-worker.ts";
import { pointerFor, recordingHost } from "../testing.ts";
import type { Change } from "../tool.ts";
import { createMagneticTool } from "./magnetic-tool.ts";

const SIDE = 160;
const RADIUS = 50;
const none = { shift: false, alt: false, ctrl: false };

/** A bright disc about 80, 80. */
function set() {
  const host = recordingHost();
  let reads = 0;
  host.readView = async () => {
    reads++;
    const samples = Float32Array.from({ length: SIDE * SIDE }, (_, i) =>
      Math.hypot((i % SIDE) + 0.5 - 80, Math.floor(i / SIDE) + 0.5 - 80) <= RADIUS ? 0.9 : 0.1,
    );
    const goesOn = { left: true, top: true, right: true, bottom: true };
    const at = { x: 0, y: 0, scaleX: 1, scaleY: 1, width: SIDE, height: SIDE };
    return { ...at, channels: [{ channel: 0, samples }], goesOn, missing: 0 };
  };
  const jobs = new PixelJobs();
  const worker: PixelWorker = {
    open: async (seen) => jobs.open(seen),
    wand: async (...args) => jobs.wand(...args),
    path: async (...args) => jobs.path(...args),
    outline: async (...args) => jobs.outline(...args),
  };
  const tool = createMagneticTool(host, () => worker);
  tool.refresh(none);
  return { host, tool, pointer: pointerFor(host, tool.pointer), reads: () => reads };
}

const DISC = Math.PI * RADIUS ** 2;
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a few clicks along the edge give the whole outline; Enter closes it", async () => {
  const { host, tool, pointer, reads } = set();
  pointer.click(30, 80);
  pointer.click(80, 30);
  pointer.click(130, 80);
  pointer.click(80, 130);
  expect(tool.key("Enter", none)).toBe(true);
  await vi.waitFor(() => expect(host.log).toHaveLength(1));
  const [[, { add }]] = host.log as [[string, Change]];
  const { geometry } = add![0]!;
  // Straight lines between the clicks would enclose 64 % of it.
  expect(areaOf(geometry) / DISC).toBeGreaterThan(0.95);
  expect(areaOf(geometry) / DISC).toBeLessThan(1.05);
  expect(tool.busy()).toBe(false);
  expect(host.shownHandles).toEqual([]);
  expect(reads()).toBe(1);
});

test("a click on the first place closes it too, and a double-click", async () => {
  const { host, pointer } = set();
  for (const [x, y] of [
    [30, 80],
    [80, 30],
    [130, 80],
    [80, 130],
    [32, 82],
  ] as const) {
    pointer.click(x, y);
    await settled();
  }
  await vi.waitFor(() => expect(host.log).toHaveLength(1));
  pointer.click(30, 80);
  pointer.click(80, 30);
  pointer.doubleClick(130, 80);
  await vi.waitFor(() => expect(host.log).toHaveLength(2));
});

test("the line to the pointer is shown along the edge; Backspace takes the last place back, then all", async () => {
  const { host, tool, pointer } = set();
  pointer.click(30, 80);
  pointer.hover(80, 30);
  await vi.waitFor(() => {
    const points = (host.previews[0]?.geometry as { points?: number[] })?.points ?? [];
    expect(points.length).toBeGreaterThan(20);
  });
  pointer.click(80, 30);
  await vi.waitFor(() => expect(host.shownHandles).toHaveLength(2));
  tool.key("Backspace", none);
  await vi.waitFor(() => expect(host.shownHandles).toHaveLength(1));
  tool.key("Backspace", none);
  await vi.waitFor(() => expect(tool.busy()).toBe(false));
  expect(host.previews).toEqual([]);
});

test("Ctrl goes straight", async () => {
  const { host, tool, pointer } = set();
  pointer.click(30, 80);
  for (const [x, y] of [
    [80, 30],
    [130, 80],
    [80, 130],
  ] as const)
    pointer.click(x, y, { ctrl: true });
  await vi.waitFor(() => expect(host.shownHandles).toHaveLength(4));
  expect(host.previews[0]!.geometry).toMatchObject({ points: { length: 8 } });
  expect(tool.cancel()).toBe(true);
  expect(host.previews).toEqual([]);
});

test("two places are no area; another view is read anew", async () => {
  const { host, tool, pointer, reads } = set();
  pointer.click(30, 80);
  tool.key("Enter", none);
  await vi.waitFor(() => expect(host.hintText).toMatch(/At least two/));
  pointer.click(80, 30);
  await settled();
  host.view.zoom = 2;
  tool.refresh(none);
  pointer.click(130, 80);
  await vi.waitFor(() => expect(host.shownHandles).toHaveLength(3));
  expect(reads()).toBe(2);
});

test("pixels that could not be read are read again with the next click", async () => {
  const { host, pointer, reads } = set();
  const { readView } = host;
  host.readView = () => Promise.reject(new Error("no connection"));
  pointer.click(30, 80);
  pointer.click(80, 30);
  await settled();
  host.readView = readView;
  pointer.click(80, 30);
  pointer.click(130, 80);
  await settled();
  expect(reads()).toBe(1);
});
