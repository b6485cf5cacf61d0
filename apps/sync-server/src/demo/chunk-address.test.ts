import { expect, test } from "vitest";
import { chunkPath, finerChunks, parseChunkPath } from "./chunk-address.ts";

test("reads every form of a chunk key, and writes it back", () => {
  const address = { kind: "labels", level: 3, channel: 0, y: 15, x: 7 } as const;
  expect(chunkPath(address)).toBe("labels/nuclei/3/c/0/15/7");
  expect(parseChunkPath("labels/nuclei/3/c/0/15/7")).toEqual(address);
  expect(parseChunkPath("0/c/3/127/127")).toEqual({ kind: "image", level: 0, channel: 3, y: 127, x: 127 });
});

test.each([
  "8/c/0/0/0",
  "0/c/4/0/0",
  "0/c/0/128/0",
  "7/c/0/0/1",
  "0/c/0/007/0",
  "labels/nuclei/0/c/1/0/0",
  "0/c/0/0",
  "../0/c/0/0/0",
])("knows no chunk %s", (path) => expect(parseChunkPath(path)).toBeNull());

test("only the coarsest labels are made of finer chunks", () => {
  expect(finerChunks({ kind: "image", level: 7, channel: 0, y: 0, x: 0 })).toEqual([]);
  expect(finerChunks({ kind: "labels", level: 5, channel: 0, y: 0, x: 0 })).toEqual([]);
  expect(finerChunks({ kind: "labels", level: 7, channel: 0, y: 0, x: 0 }).map(chunkPath)).toEqual([
    "labels/nuclei/6/c/0/0/0",
    "labels/nuclei/6/c/0/0/1",
    "labels/nuclei/6/c/0/1/0",
    "labels/nuclei/6/c/0/1/1",
  ]);
});
