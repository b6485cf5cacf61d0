import { expect, test } from "vitest";
import { chunkPath, finerChunks, parseChunkPath } from "./chunk-address.ts";

test("reads every form of a chunk key, and writes it back", () => {
  const address = { of: "slide", kind: "labels", level: 3, channel: 0, y: 15, x: 7 } as const;
  expect(chunkPath(address)).toBe("slide.zarr/labels/nuclei/3/c/0/15/7");
  expect(parseChunkPath("slide.zarr/labels/nuclei/3/c/0/15/7")).toEqual(address);
  expect(parseChunkPath("slide.zarr/0/c/3/127/127")).toEqual({
    of: "slide",
    kind: "image",
    level: 0,
    channel: 3,
    y: 127,
    x: 127,
  });
});

test("reads keys of the stack", () => {
  const address = { of: "stack", kind: "image", level: 1, t: 7, channel: 1, z: 20, y: 1, x: 0 } as const;
  expect(chunkPath(address)).toBe("stack.zarr/1/c/7/1/20/1/0");
  expect(parseChunkPath("stack.zarr/1/c/7/1/20/1/0")).toEqual(address);
});

test.each([
  "slide.zarr/8/c/0/0/0",
  "slide.zarr/0/c/4/0/0",
  "slide.zarr/0/c/0/128/0",
  "slide.zarr/7/c/0/0/1",
  "slide.zarr/0/c/0/007/0",
  "slide.zarr/labels/nuclei/0/c/1/0/0",
  "slide.zarr/0/c/0/0",
  "../slide.zarr/0/c/0/0/0",
  "stack.zarr/0/c/8/0/0/0/0",
  "stack.zarr/0/c/0/0/21/0/0",
  "stack.zarr/2/c/0/0/0/1/0",
])("knows no chunk %s", (path) => expect(parseChunkPath(path)).toBeNull());

test("only the coarsest labels are made of finer chunks", () => {
  expect(finerChunks({ of: "slide", kind: "image", level: 7, channel: 0, y: 0, x: 0 })).toEqual([]);
  expect(finerChunks({ of: "slide", kind: "labels", level: 5, channel: 0, y: 0, x: 0 })).toEqual([]);
  expect(
    finerChunks({ of: "slide", kind: "labels", level: 7, channel: 0, y: 0, x: 0 }).map(chunkPath),
  ).toEqual([
    "slide.zarr/labels/nuclei/6/c/0/0/0",
    "slide.zarr/labels/nuclei/6/c/0/0/1",
    "slide.zarr/labels/nuclei/6/c/0/1/0",
    "slide.zarr/labels/nuclei/6/c/0/1/1",
  ]);
});
