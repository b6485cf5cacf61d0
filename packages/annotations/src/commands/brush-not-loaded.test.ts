import { expect, test } from "vitest";
import { contentHash, createLayerDocument } from "../document/index.ts";
import { execute, makeAdd, makeBrush, replayQueue } from "./index.ts";

test("a stroke needs the booleans: without them it is neither executed nor given up", async () => {
  const layer = createLayerDocument();
  const geometry = {
    kind: "ellipse",
    plane: { z: 0, t: 0 },
    cx: 0,
    cy: 0,
    rx: 9,
    ry: 9,
    rotation: 0,
  } as const;
  execute(layer, makeAdd({ author: "anna", annotations: [{ id: "cell", geometry }] }), null);
  const before = contentHash(layer.doc);
  const command = makeBrush("cell", [{ x: 9, y: 0, radius: 4 }], { mode: "add" });
  const queue = [{ key: "k", command, clientId: 7, clockFrom: 0, clockTo: 1 }];
  expect(() => execute(layer, command, null)).toThrow("shapes has been imported");
  expect(() => replayQueue(layer, queue, null)).toThrow("shapes has been imported");
  expect(contentHash(layer.doc)).toBe(before);
  await import("../shapes/index.ts");
  expect(replayQueue(layer, queue, null).results[0]!.outcome.touched).toEqual(["cell"]);
});
