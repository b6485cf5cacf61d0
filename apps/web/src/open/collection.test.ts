import type { Listing } from "@coscope/viewer/source";
import { afterAll, expect, test, vi } from "vitest";
import { fieldsOf, neighbourOf, openCollection, wellOf } from "./collection.ts";

const PLATE = "https://x.org/my%20plate.zarr";
const well = (name: string, row: number, column: number) => {
  return { name, row, column, url: `${PLATE}/${name[0]}/${name.slice(1)}` };
};
const fields = (path: string, count: number): Listing => {
  const items = Array.from({ length: count }, (_, i) => ({ name: `${i}`, url: `${PLATE}/${path}/${i}` }));
  return { kind: "well", items, labels: [] };
};
const wells = [well("B1", 1, 0), well("A1", 0, 0), well("A3", 0, 2)];
const listings: Record<string, Listing> = {
  // Wells come in any order.
  [PLATE]: {
    kind: "plate",
    items: wells,
    labels: [],
    plate: { rows: ["A", "B"], columns: ["1", "2", "3"], wells },
  },
  [`${PLATE}/A/1`]: fields("A/1", 2),
  [`${PLATE}/A/3`]: fields("A/3", 0),
  [`${PLATE}/B/1`]: fields("B/1", 1),
  "/api/images/s/source/many.ome.tif": {
    kind: "series",
    items: [
      { name: "Overview", url: "http://here/api/images/s/source/many.ome.tif#image=0" },
      { name: "Scan", url: "http://here/api/images/s/source/many.ome.tif#image=1" },
    ],
    labels: [],
  },
};
vi.mock("./reading.ts", () => ({ read: (_task: string, url: string) => Promise.resolve(listings[url]) }));
vi.stubGlobal("location", { href: "http://here/" });
afterAll(() => vi.unstubAllGlobals());

test("neighbours of a plate: over the border of a well, past wells without fields", async () => {
  const plate = (await openCollection(PLATE))!;
  const to = async (path: string, by: 1 | -1) => (await neighbourOf(plate, path, by))?.path ?? null;
  expect(await to("A/1/0", 1)).toBe("A/1/1");
  expect(await to("A/1/1", 1)).toBe("B/1/0");
  expect(await to("B/1/0", -1)).toBe("A/1/1");
  expect(await to("A/1/0", -1)).toBeNull();
  expect(await to("B/1/0", 1)).toBeNull();
});

test("a field is named by its well, and by its number where there are several", async () => {
  const plate = await openCollection(PLATE);
  if (plate?.kind !== "plate") throw new Error("no plate");
  expect(plate.wells.map(({ name, path }) => `${name} ${path}`)).toEqual(["A1 A/1", "A3 A/3", "B1 B/1"]);
  expect((await fieldsOf(plate.wells[0]!)).map(({ name }) => name)).toEqual(["A1 · Field 1", "A1 · Field 2"]);
  expect((await fieldsOf(plate.wells[2]!)).map(({ name }) => name)).toEqual(["B1"]);
  expect(wellOf(plate.wells, "B/1/0")?.name).toBe("B1");
  expect(wellOf(plate.wells, "C/1/0")).toBeNull();
});

test("images of a file are told apart behind #", async () => {
  const series = (await openCollection("/api/images/s/source/many.ome.tif"))!;
  expect(series).toMatchObject({ kind: "series", places: [{ path: "#image=0" }, { path: "#image=1" }] });
  expect((await neighbourOf(series, "#image=0", 1))?.name).toBe("Scan");
  expect(await neighbourOf(series, "#image=1", 1)).toBeNull();
});
