import { areaOf, type Geometry } from "@coscope/annotations/geometry";
import { beforeEach, expect, test, vi } from "vitest";
import { pointerFor, type RecordingHost, recordingHost } from "../testing.ts";
import type { Change, Tool } from "../tool.ts";
import { createSplitTool } from "./split-tool.ts";

const plane = { z: 0, t: 0 };
const none = { shift: false, alt: false, ctrl: false };
const square: Geometry = { kind: "polygon", plane, parts: [[[100, 100, 200, 100, 200, 200, 100, 200]]] };
const box: Geometry = { kind: "rectangle", plane, x: 300, y: 100, width: 100, height: 100, rotation: 0 };

let host: RecordingHost;
let tool: Tool;
let pointer: ReturnType<typeof pointerFor>;

beforeEach(() => {
  host = recordingHost();
  host.put("square", square, "nucleus");
  host.put("box", box);
  tool = createSplitTool(host);
  pointer = pointerFor(host, tool.pointer);
});

async function result(): Promise<[string, Change]> {
  await vi.waitFor(() => expect(host.log).toHaveLength(1));
  return host.log[0] as [string, Change];
}

test("a dragged line cuts all that it crosses; the largest piece stays, the others are like it", async () => {
  pointer.drag([50, 130], [450, 130]);
  const [, change] = await result();
  expect(change.reshape!.map(({ target, geometry }) => [target.annotation.id, areaOf(geometry!)])).toEqual([
    ["square", 7000],
    ["box", 7000],
  ]);
  expect(change.add!.map(({ geometry, classId }) => [areaOf(geometry), classId])).toEqual([
    [3000, "nucleus"],
    [3000, null],
  ]);
  expect([...host.selection()]).toEqual(["square", "box", "new0", "new1"]);
  expect(host.previews).toEqual([]);
});

test("only what is selected is cut, where something is", async () => {
  host.select(["box"]);
  pointer.drag([50, 130], [450, 130]);
  const [, change] = await result();
  expect(change.reshape!.map(({ target }) => target.annotation.id)).toEqual(["box"]);
});

test("corners by clicks, ended by a double-click or Enter; Backspace takes one back", async () => {
  pointer.click(150, 50);
  pointer.click(160, 90);
  expect(tool.key("Backspace", none)).toBe(true);
  pointer.click(150, 150);
  pointer.doubleClick(250, 150);
  const [, change] = await result();
  expect(change.add!.map(({ geometry }) => areaOf(geometry))).toEqual([2500]);

  pointer.click(150, 50);
  expect(tool.key("Enter", none)).toBe(false);
  pointer.click(150, 250);
  expect(tool.key("Enter", none)).toBe(true);
  await vi.waitFor(() => expect(host.log).toHaveLength(2));
});

test("a line that ends inside cuts nothing, and says so; Esc discards", async () => {
  pointer.drag([150, 50], [150, 150]);
  await vi.waitFor(() => expect(host.log).toEqual([["say", expect.stringContaining("right through")]]));
  pointer.click(150, 50);
  expect(tool.busy()).toBe(true);
  expect(tool.cancel()).toBe(true);
  expect(tool.busy()).toBe(false);
});
