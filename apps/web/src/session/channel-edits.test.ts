import type { ChannelSettings } from "@coscope/viewer";
import { expect, test } from "vitest";
import { fromSaved, presetFor, toSaved } from "./channel-edits.ts";

const plain: ChannelSettings = { visible: true, min: 10, max: 900, gamma: 0.8, color: 0x00a0ff };

test("settings survive being saved", () => {
  for (const channel of [plain, { ...plain, inverted: true, lut: "magma" as const, visible: false }]) {
    expect(fromSaved(toSaved(channel))).toEqual(channel);
  }
  expect(fromSaved({ ...toSaved(plain), lut: "a map of the future" })).toEqual(plain);
});

test("a preset fits by the channels' names, else by their number", () => {
  const preset = [
    { ...toSaved(plain), name: "DAPI", max: 1 },
    { ...toSaved(plain), name: "CD3", max: 2 },
    { ...toSaved(plain), name: "CD8", max: 3 },
  ];
  const full = (names: string[]) => presetFor(preset, names)?.map(({ max }) => max) ?? null;
  expect(full(["cd8 ", "DAPI"])).toEqual([3, 1]);
  expect(full(["CD3", "CD8", "DAPI"])).toEqual([2, 3, 1]);
  expect(full(["Channel 1", "Channel 2", "Channel 3"])).toEqual([1, 2, 3]);
  // The same name twice says nothing: by place.
  expect(full(["DAPI", "DAPI", "DAPI"])).toEqual([1, 2, 3]);
  expect(full(["DAPI", "CD20"])).toBeNull();
  expect(full(["A", "B", "C", "D"])).toBeNull();
});
