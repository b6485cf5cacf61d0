import { createLayerDocument, execute, makeAdd } from "@coscope/annotations";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { decodeUpdate } from "./decode.ts";
import { createMeter } from "./meter.ts";

const geometry = (i: number) =>
  ({
    kind: "polygon",
    plane: { z: 0, t: 0 },
    parts: [[Array.from({ length: 40 }, (_, k) => 7 * i + ((k * 37) % 50))]],
  }) as const;

test("honest work passes at once: a day offline, an import of 100,000 annotations", () => {
  let now = 0;
  const meter = createMeter(() => now);
  // A stroke is one command; somebody quick makes five of them a second, for an hour.
  for (let i = 0; i < 5 * 3600; i++) {
    now += 200;
    expect(meter("ada", { updates: 1, bytes: 4_000, workMs: 2 })).toBe(0);
  }
  // A day's work, sent command by command.
  for (let i = 0; i < 5_000; i++) expect(meter("bob", { updates: 1, bytes: 2_000, workMs: 1 })).toBe(0);
  // An import in pieces of a thousand.
  for (let i = 0; i < 100; i++) expect(meter("carol", { updates: 1, bytes: 150_000, workMs: 60 })).toBe(0);
  // A page with 150 layers, reloaded.
  for (let i = 0; i < 4 * 150; i++) expect(meter("dora", { questions: 1 })).toBe(0);
});

test("a flood is slowed down to the average, each user by themselves", () => {
  let now = 0;
  const meter = createMeter(() => now);
  let sent = 0;
  for (; now < 60_000; sent++) now += meter("eve", { updates: 1 });
  expect(sent).toBeGreaterThan(35_000);
  expect(sent).toBeLessThan(41_000);
  expect(meter("ada", { updates: 1 })).toBe(0);
  let bytes = 0;
  for (now = 0; now < 60_000; bytes += 16 << 20) now += meter("mallory", { bytes: 16 << 20 });
  expect(bytes).toBeLessThan(256 << 20);
});

test("100,000 annotations with outlines in one update are not too much to decode", () => {
  const layer = createLayerDocument(new Y.Doc());
  const annotations = Array.from({ length: 100_000 }, (_, i) => ({ geometry: geometry(i), classId: "c1" }));
  execute(layer, makeAdd({ author: "ada", annotations }), null);
  const update = Y.encodeStateAsUpdate(layer.doc);
  expect(update.length).toBeLessThan(16 << 20);
  expect(typeof decodeUpdate(update)).toBe("object");
});
