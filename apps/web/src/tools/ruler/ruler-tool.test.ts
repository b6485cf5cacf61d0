import { expect, test } from "vitest";
import { pointerFor, recordingHost } from "../testing.ts";
import { createRulerTool } from "./ruler-tool.ts";

const at = (x: number, y: number) => ({ x, y });

function ruler() {
  const host = recordingHost();
  const tool = createRulerTool(host);
  return { host, tool, pointer: pointerFor(host, tool.pointer) };
}

test("a drag measures, its ends can be moved, and it is no annotation", () => {
  const { host, pointer } = ruler();
  pointer.event("down", at(10, 10));
  pointer.event("move", at(60, 10));
  expect(host.measured).toEqual({ from: at(10, 10), to: at(60, 10), done: false });
  pointer.event("up", at(110, 10));
  expect(host.measured).toEqual({ from: at(10, 10), to: at(110, 10), done: true });
  pointer.drag([108, 12], [110, 90]);
  expect(host.measured).toEqual({ from: at(10, 10), to: at(110, 90), done: true });
  pointer.drag([10, 10], [20, 20]);
  expect(host.measured).toEqual({ from: at(110, 90), to: at(20, 20), done: true });
  expect(host.log).toEqual([]);
});

test("Shift keeps to steps of 45°", () => {
  const { host, pointer } = ruler();
  pointer.drag([0, 0], [100, 8], { shift: true });
  expect(host.measured!.to.y).toBeCloseTo(0);
});

test("a click leaves the line as it was; Esc ends the drag first, then the line", () => {
  const { host, tool, pointer } = ruler();
  pointer.click(5, 5);
  expect(host.measured).toBeNull();
  pointer.drag([0, 0], [50, 0]);
  pointer.click(200, 200);
  expect(host.measured).toMatchObject({ from: at(0, 0), to: at(50, 0), done: true });
  pointer.event("down", at(200, 200));
  pointer.event("move", at(300, 200));
  expect(tool.busy()).toBe(true);
  expect(tool.cancel()).toBe(true);
  expect(host.measured).toMatchObject({ to: at(50, 0), done: true });
  expect(tool.cancel()).toBe(true);
  expect(host.measured).toBeNull();
  expect(tool.cancel()).toBe(false);
});
