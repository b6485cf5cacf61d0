import { makeAdd, makeMove } from "@coscope/annotations";
import { decodeGeoJson } from "@coscope/annotations/interchange";
import type { OutboxEntry } from "@coscope/annotations/outbox";
import { expect, test } from "vitest";
import { fileOf } from "./file-of.ts";

function entry(command: OutboxEntry["command"], at: number): OutboxEntry {
  return {
    ...{ key: command.stamp, userId: "ada", imageId: "image", layerId: "layer", room: "e1/image/layer" },
    ...{ tabId: "tab", command, clientId: 7, clockFrom: at, clockTo: at + 1, at },
  };
}

test("a file has what was added as it was left, and names what was done to others' annotations", async () => {
  const geometry = { kind: "point", plane: { z: 0, t: 0 }, x: 10, y: 20 } as const;
  const add = makeAdd({ author: "ada", annotations: [{ geometry, classId: "n", label: "odd" }] });
  const move = makeMove([add.annotations[0]!.id], 5, 0);
  const foreign = makeMove(["colleagues"], 1, 1);
  const text = await fileOf([add, move, foreign].map(entry), [
    { id: "n", name: "Nucleus", color: "#112233" },
  ]);
  const file = JSON.parse(text);
  expect(file.features).toMatchObject([
    { geometry: { type: "Point", coordinates: [15, 20] }, properties: { name: "odd" } },
  ]);
  expect(file.coscopeChanges).toEqual([foreign]);
  expect(decodeGeoJson(text).annotations).toHaveLength(1);
});
