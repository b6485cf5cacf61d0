import { afterAll, expect, test, vi } from "vitest";
import { addressBehind } from "./look-at.ts";

vi.stubGlobal("location", { href: "http://here/", origin: "http://here" });
afterAll(() => vi.unstubAllGlobals());

test.each([
  ["slide.zarr", "slide.zarr", "", "https://x.org/a/slide.zarr"],
  ["slide.zarr?sig=1", "slide.zarr", "/0", "https://x.org/a/slide.zarr/0?sig=1"],
  ["slide.zarr/zarr.json", "slide.zarr", "/0", "https://x.org/a/slide.zarr/0"],
  ["many.ome.tif", "many.ome.tif", "#image=2", "https://x.org/a/many.ome.tif#image=2"],
])("what lies behind the server: %s", (address, path, inside, expected) => {
  const through = `/api/looks/1/source/${path}`;
  expect(addressBehind(`http://here${through}${inside}`, through, `https://x.org/a/${address}`)).toBe(
    expected,
  );
});
