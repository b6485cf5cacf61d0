import { expect, test } from "vitest";
import { nameFromUrl } from "./image-name.ts";

test.each([
  ["https://uk1s3.embassy.ebi.ac.uk/idr/zarr/v0.4/idr0062A/6001240.zarr", "6001240"],
  ["https://example.org/data/My%20slide.ome.zarr/", "My slide"],
  ["https://example.org/%E0%A4%A.zarr", "%E0%A4%A"],
  ["https://example.org/", "example.org"],
  ["/demo/slide.zarr", "slide"],
])("%s → %s", (url, name) => {
  expect(nameFromUrl(url)).toBe(name);
});
