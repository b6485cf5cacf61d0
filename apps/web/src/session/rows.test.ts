import { expect, test } from "vitest";
import type { Api } from "../api/index.ts";
import type { ImageRow, LayerRow } from "../state/rows.ts";
import { createRows, type RowEvent } from "./rows.ts";

const image = { id: "i", projectId: "p", name: "Slide", revision: 1 } as ImageRow;

function layer(id: string, part: Partial<LayerRow> = {}): LayerRow {
  const room = `e1/i/${id}`;
  return {
    id,
    imageId: "i",
    name: id,
    position: 0,
    locked: false,
    epoch: 1,
    room,
    createdBy: "u",
    revision: 1,
    ...part,
  };
}

function put(row: LayerRow): RowEvent {
  return { t: "rows", table: "layer", op: "put", row };
}

test("an event that is older than what is known changes nothing", () => {
  const rows = createRows({} as Api, image);
  rows.apply(put(layer("a", { name: "new", revision: 3 })));
  rows.apply(put(layer("a", { name: "old", revision: 2 })));
  expect(rows.layers.get().map(({ name }) => name)).toEqual(["new"]);
});

test("rows stay in their order, and other images' rows stay out", () => {
  const rows = createRows({} as Api, image);
  rows.apply(put(layer("b", { position: 2 })));
  rows.apply(put(layer("a", { position: 1 })));
  rows.apply(put(layer("x", { imageId: "other" })));
  expect(rows.layers.get().map(({ id }) => id)).toEqual(["a", "b"]);
  rows.apply({ t: "rows", table: "layer", op: "delete", row: { id: "a", revision: 1 } });
  expect(rows.layers.get().map(({ id }) => id)).toEqual(["b"]);
});

test("loading takes all lists from the server", async () => {
  const api = {
    layers: async () => [layer("b", { position: 2 }), layer("a", { position: 1 })],
    classes: async () => [{ id: "c", position: 0 }],
    views: async () => [{ id: "v", createdAt: "2026-01-01" }],
    presets: async () => [{ id: "p", createdAt: "2026-01-01" }],
  } as unknown as Api;
  const rows = createRows(api, image);
  await rows.load();
  expect(rows.layers.get().map(({ id }) => id)).toEqual(["a", "b"]);
  expect(rows.classes.get().map(({ id }) => id)).toEqual(["c"]);
  expect(rows.views.get()?.map(({ id }) => id)).toEqual(["v"]);
  expect(rows.presets.get().map(({ id }) => id)).toEqual(["p"]);
});
