import { expect, test } from "vitest";
import { prefixOf } from "./prefix.ts";

test.each([
  ["https://slides.s3.eu-west-1.amazonaws.com/a/b.zarr", "https://slides.s3.eu-west-1.amazonaws.com/"],
  ["https://s3.eu-west-1.amazonaws.com/slides/a/b.zarr", "https://s3.eu-west-1.amazonaws.com/slides/"],
  ["https://minio.example.org:9000/slides/b.zarr?x=1", "https://minio.example.org:9000/slides/"],
  ["https://example.org/b.zarr", "https://example.org/"],
])("a key for %s is for %s", (address, prefix) => {
  expect(prefixOf(address)).toBe(prefix);
});
