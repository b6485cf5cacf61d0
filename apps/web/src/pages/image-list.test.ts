import { expect, test } from "vitest";
import type { ImageRow } from "../state/rows.ts";
import { listedImages, searchImages, sortImages } from "./image-list.ts";

function image(id: string, fields: Partial<ImageRow> = {}): ImageRow {
  return {
    id,
    projectId: "default",
    name: id,
    url: `https://x.org/${id}.zarr`,
    source: "remote",
    kind: "image",
    collectionId: null,
    path: "",
    summary: null,
    preview: null,
    addedBy: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    revision: 1,
    ...fields,
  };
}

const names = (images: readonly ImageRow[]) => images.map(({ id }) => id);

test("fields are behind their plate, images of a series are not", () => {
  const images = [
    image("alone"),
    image("plate", { kind: "plate" }),
    image("A1", { collectionId: "plate" }),
    image("series", { kind: "series" }),
    image("scan", { collectionId: "series" }),
  ];
  expect(names(listedImages(images))).toEqual(["alone", "plate", "scan"]);
});

test("every word must occur somewhere", () => {
  const images = [
    image("a", { name: "Liver H&E", addedBy: { id: "1", name: "Ada" } }),
    image("b", { name: "Liver DAPI", origin: "https://idr.org/6001240.zarr" }),
  ];
  expect(names(searchImages(images, "liver"))).toEqual(["a", "b"]);
  expect(names(searchImages(images, "ADA liver"))).toEqual(["a"]);
  expect(names(searchImages(images, "6001240"))).toEqual(["b"]);
  expect(names(searchImages(images, "  "))).toEqual(["a", "b"]);
});

test("newest first, or by name with numbers as numbers", () => {
  const images = [
    image("slide 10", { createdAt: "2026-01-02T00:00:00.000Z" }),
    image("slide 9", { createdAt: "2026-01-03T00:00:00.000Z" }),
    image("demo"),
  ];
  expect(names(sortImages(images, "newest"))).toEqual(["slide 9", "slide 10", "demo"]);
  expect(names(sortImages(images, "name"))).toEqual(["demo", "slide 9", "slide 10"]);
});
