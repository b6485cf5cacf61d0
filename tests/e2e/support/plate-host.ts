import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { images, storedZip } from "../../import/server.ts";

export interface PlateHost {
  /** Of a plate of 96 wells; D7 was not imaged. Each well has one field, and all have the pixels of A/1/0 of plate.zarr. */
  readonly plate: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

const ROWS = [..."ABCDEFGH"];
const COLUMNS = Array.from({ length: 12 }, (_, i) => `${i + 1}`);
const NOT_IMAGED = "D/7";

const group = (ome: object) =>
  JSON.stringify({ zarr_format: 3, node_type: "group", attributes: { ome: { version: "0.5", ...ome } } });

const wells = ROWS.flatMap((row, rowIndex) =>
  COLUMNS.map((column, columnIndex) => ({ path: `${row}/${column}`, rowIndex, columnIndex })),
).filter(({ path }) => path !== NOT_IMAGED);
const PLATE = group({
  plate: {
    name: "96 wells",
    rows: ROWS.map((name) => ({ name })),
    columns: COLUMNS.map((name) => ({ name })),
    wells,
  },
});
const WELL = group({ well: { images: [{ path: "0" }] } });

export async function servePlate(): Promise<PlateHost> {
  const field = storedZip(readFileSync(join(images, "plate.zarr.zip")));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://plate").pathname;
    asked.push(path);
    response.setHeader("access-control-allow-origin", "*");
    const [, well, rest] = /^\/plate-96\.zarr\/([A-H]\/\d+)\/(.+)$/.exec(path) ?? [];
    const isThere = wells.some((one) => one.path === well);
    const body =
      path === "/plate-96.zarr/zarr.json"
        ? PLATE
        : isThere && (rest === "zarr.json" ? WELL : field.get(`A/1/${rest}`));
    if (body) response.end(body);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    plate: `http://127.0.0.1:${(server.address() as AddressInfo).port}/plate-96.zarr`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
