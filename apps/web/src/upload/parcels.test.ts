import { expect, test } from "vitest";
import { blobOf, fingerprintOf } from "./pack.ts";
import { parcelsOf } from "./parcels.ts";

const files = (...paths: string[]) =>
  paths.map((path) => ({ path, file: new File([path], path.split("/").at(-1)!, { lastModified: 5 }) }));
const told = (...paths: string[]) => {
  const { parcels, leftOut } = parcelsOf(files(...paths));
  return {
    parcels: parcels.map(({ name, packed, files: inside }) => [name, packed, inside.map(({ path }) => path)]),
    leftOut,
  };
};

test("files go one by one; notes and hidden ones stay behind", () => {
  expect(told("a.tif", "b.png", "notes.txt", ".DS_Store")).toEqual({
    parcels: [
      ["a.tif", false, ["a.tif"]],
      ["b.png", false, ["b.png"]],
    ],
    leftOut: 2,
  });
});

test("a single file is sent whatever it is called: the server says what it is not", () => {
  expect(told("notes.txt").parcels).toEqual([["notes.txt", false, ["notes.txt"]]]);
});

test("an OME-Zarr folder goes whole, without the folders above it, and with those inside", () => {
  expect(told("day 1/a.zarr/.zattrs", "day 1/a.zarr/0/.zarray", "day 1/a.zarr/0/0.0", "day 1/b.tif")).toEqual(
    {
      parcels: [
        ["a.zarr", true, ["a.zarr/.zattrs", "a.zarr/0/.zarray", "a.zarr/0/0.0"]],
        ["b.tif", false, ["day 1/b.tif"]],
      ],
      leftOut: 0,
    },
  );
  expect(told("p.zarr/zarr.json", "p.zarr/A/1/0/zarr.json").parcels).toHaveLength(1);
});

test("Deep Zoom goes with its tiles", () => {
  expect(told("x/a.dzi", "x/a_files/0/0_0.png", "x/b.json", "x/c_files/0/0_0.png")).toEqual({
    parcels: [
      ["a.dzi", true, ["a.dzi", "a_files/0/0_0.png"]],
      ["0_0.png", false, ["x/c_files/0/0_0.png"]],
    ],
    leftOut: 1,
  });
});

test("many loose images of a folder travel together", () => {
  const many = Array.from({ length: 30 }, (_, i) => `set/${i}.png`);
  expect(told(...many).parcels).toEqual([["set", true, many]]);
});

test("a pack lists its files before their bytes", async () => {
  const { parcels } = parcelsOf(files("a.zarr/zarr.json", "a.zarr/0/c/0"));
  const bytes = new Uint8Array(await blobOf(parcels[0]!).arrayBuffer());
  const length = new DataView(bytes.buffer).getUint32(8, true);
  const text = new TextDecoder();
  expect(text.decode(bytes.subarray(0, 8))).toBe("COSCOPK1");
  expect(JSON.parse(text.decode(bytes.subarray(12, 12 + length)))).toEqual([
    ["a.zarr/zarr.json", 16],
    ["a.zarr/0/c/0", 12],
  ]);
  expect(text.decode(bytes.subarray(12 + length))).toBe("a.zarr/zarr.jsona.zarr/0/c/0");
});

test("the same files have the same fingerprint, changed ones another", () => {
  const one = (path: string) => fingerprintOf(parcelsOf(files(path)).parcels[0]!);
  expect(one("a.tif")).toBe(one("a.tif"));
  expect(one("a.tif")).not.toBe(one("b.tif"));
});
