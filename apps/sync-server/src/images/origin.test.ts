import { describe, expect, test } from "vitest";
import { originOf, partOf, shownOrigin, sourceUrl } from "./origin.ts";

const HOST = "https://h.example";
const part = (address: string, rest: string) => partOf(originOf(address), rest)?.href ?? null;

describe("what the page opens", () => {
  test.each([
    [`${HOST}/lab/a.zarr`, "a.zarr"],
    [`${HOST}/lab/a.zarr/`, "a.zarr"],
    [`${HOST}/lab/a.zarr/zarr.json`, "a.zarr"],
    [`${HOST}/lab/a.zarr/.zattrs?sig=1`, "a.zarr"],
    [`${HOST}/lab/plate.ome.zarr/A/1/0`, "plate.ome.zarr/A/1/0"],
    [`${HOST}/lab/some%20image`, "some%20image"],
    [`${HOST}/lab/slide.tif?sig=1#2`, "slide.tif#2"],
    [`${HOST}/lab/slide.dzi`, "slide.dzi"],
    [`${HOST}/iiif/3/folder%2Fslide.tif/info.json`, "info.json"],
  ])("%s", (address, path) => expect(sourceUrl("x1", address)).toBe(`/api/images/x1/source/${path}`));

  test("a bucket of its own", () => {
    expect(sourceUrl("x1", `${HOST}/`)).toBe("/api/images/x1/source");
    expect(part(`${HOST}/`, "zarr.json")).toBe(`${HOST}/zarr.json`);
  });

  test("what may be a signature is not shown", () => {
    expect(shownOrigin(`${HOST}/a.zarr?sig=secret#x`)).toBe(`${HOST}/a.zarr`);
  });
});

describe("parts of an image", () => {
  test.each([
    [`${HOST}/lab/a.zarr`, "a.zarr", `${HOST}/lab/a.zarr`],
    [`${HOST}/lab/a.zarr`, "a.zarr/0/c/1/2", `${HOST}/lab/a.zarr/0/c/1/2`],
    [`${HOST}/lab/a.zarr?sig=1`, "a.zarr/.zattrs", `${HOST}/lab/a.zarr/.zattrs?sig=1`],
    [`${HOST}/lab/p.zarr/A/1/0`, "p.zarr/A/1/0/zarr.json", `${HOST}/lab/p.zarr/A/1/0/zarr.json`],
    [`${HOST}/lab/s.tif`, "s.tif", `${HOST}/lab/s.tif`],
    [`${HOST}/lab/s.dzi`, "s_files/3/0_0.jpeg", `${HOST}/lab/s_files/3/0_0.jpeg`],
    [`${HOST}/lab/s.dzi.xml`, "s_files/3/0_0.jpeg", `${HOST}/lab/s_files/3/0_0.jpeg`],
    [
      `${HOST}/iiif/f%2Fs/info.json`,
      "0,0,512,512/512,/0/default.jpg",
      `${HOST}/iiif/f%2Fs/0,0,512,512/512,/0/default.jpg`,
    ],
    [`${HOST}/lab/some%20image`, "some%20image/zarr.json", `${HOST}/lab/some%20image/zarr.json`],
  ])("%s: %s", (address, rest, expected) => expect(part(address, rest)).toBe(expected));

  test.each([
    [`${HOST}/lab/a.zarr`, ""],
    [`${HOST}/lab/a.zarr`, "b.zarr/zarr.json"],
    [`${HOST}/lab/a.zarr`, "a.zarr2/zarr.json"],
    [`${HOST}/lab/p.zarr/A/1/0`, "p.zarr/A/2/0/zarr.json"],
    [`${HOST}/lab/p.zarr/A/1/0`, "p.zarr/zarr.json"],
    [`${HOST}/lab/s.tif`, "other.tif"],
    [`${HOST}/lab/s.tif`, "s.tif/x"],
    [`${HOST}/lab/s.dzi`, "t_files/3/0_0.jpeg"],
    [`${HOST}/lab/s.dzi`, "s.dzi/x"],
  ])("%s: nothing of %s", (address, rest) => expect(part(address, rest)).toBeNull());

  test.each([
    "a.zarr/../secret",
    "a.zarr/..",
    "a.zarr/./x",
    "a.zarr/%2e%2e/secret",
    "a.zarr/%2E%2E/secret",
    "a.zarr/.%2e/secret",
    "a.zarr/..%2fsecret",
    "a.zarr/%2e%2e%2fsecret",
    "a.zarr/..%5csecret",
    "a.zarr/..\\secret",
    "a.zarr/%252e%252e/secret",
    "a.zarr/%252e%252e%252fsecret",
    "a.zarr/%255c..",
    "a.zarr/x%00.json",
    "a.zarr/x%2500",
    "a.zarr/x%0d%0aHost:%20evil",
    "a.zarr/%zz",
    "a.zarr/%c0%ae%c0%ae/secret",
    "a.zarr/x?list-type=2",
    "a.zarr/x#y",
    "a.zarr/x%3flist-type=2",
    "..",
    "/etc/passwd",
    "https://evil.example/",
    "a.zarr/\t../secret",
  ])("no way out: %s", (rest) => {
    expect(part(`${HOST}/lab/a.zarr`, rest)).toBeNull();
    // Where everything below may be read, the way out is closed as well.
    const below = part(`${HOST}/iiif/s/info.json`, rest);
    expect(below === null || below.startsWith(`${HOST}/iiif/s/`)).toBe(true);
  });
});
