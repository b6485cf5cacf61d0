import { expect, test } from "vitest";
import { laterTool } from "./later-tool.ts";
import { createPointTool } from "./point/point-tool.ts";
import { pointerFor, recordingHost } from "./testing.ts";
import type { Tool, ToolHost } from "./tool.ts";

const none = { shift: false, alt: false, ctrl: false };

function waiting() {
  const { promise, resolve, reject } = Promise.withResolvers<(host: ToolHost) => Tool>();
  return { make: laterTool("point", () => promise), resolve, reject };
}

test("what is done before it is loaded is done then; it says what the mouse does, and is there at once", async () => {
  const host = recordingHost();
  const { make, resolve } = waiting();
  const tool = make(host);
  tool.refresh(none);
  expect(host.hintText).toMatch(/Loading/);
  pointerFor(host, tool.pointer).click(1, 1);
  expect(host.log).toEqual([]);
  resolve(createPointTool);
  await Promise.resolve();
  expect(host.hintText).not.toMatch(/Loading/);
  expect(host.log).toHaveLength(1);
  pointerFor(host, tool.pointer).click(1, 1);
  expect(host.log).toHaveLength(2);
  pointerFor(host, make(host).pointer).click(2, 2);
  expect(host.log).toHaveLength(3);
});

test("a press is claimed when it comes, and not once more when the tool is there", async () => {
  const host = recordingHost();
  const { make, resolve } = waiting();
  const tool = make(host);
  const at = { image: { x: 1, y: 1 }, screen: { x: 1, y: 1 }, ...none };
  let claims = 0;
  tool.refresh(none);
  tool.pointer({ type: "down", ...at, capture: () => claims++ });
  tool.pointer({ type: "up", ...at, capture: () => {} });
  expect(claims).toBe(1);
  const heard: string[] = [];
  resolve((page) => ({
    ...createPointTool(page),
    pointer(event) {
      heard.push(event.type);
      event.capture();
    },
  }));
  await Promise.resolve();
  expect(heard).toEqual(["down", "up"]);
  expect(claims).toBe(1);
});

test("one that was put away meanwhile says nothing; one that fails says so", async () => {
  const host = recordingHost();
  const { make, resolve } = waiting();
  const tool = make(host);
  tool.refresh(none);
  tool.cancel();
  host.hint("another tool");
  resolve(createPointTool);
  await Promise.resolve();
  expect(host.hintText).toBe("another tool");

  const failing = waiting();
  failing.make(host).refresh(none);
  failing.reject();
  await new Promise((resolve) => setTimeout(resolve));
  expect(host.hintText).toMatch(/could not be loaded/);
});
