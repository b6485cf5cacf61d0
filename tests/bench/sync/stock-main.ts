// Hocuspocus as its documentation sets it up, with its database extension: the peer of `bench sync`. It shows an edit to
// others at once, and stores the whole document two to ten seconds later. `node stock-main.ts <folder>`; with
// DATABASE_URL in the environment the documents go to that PostgreSQL, else into a PGlite in the folder.

import { PGlite } from "@electric-sql/pglite";
import { Database } from "@hocuspocus/extension-database";
import { Server } from "@hocuspocus/server";
import pg from "pg";

const query = await openDatabase(process.argv[2]!, process.env["DATABASE_URL"]);
await query("create table if not exists documents (name text primary key, data bytea not null)", []);

const server = new Server({
  port: 0,
  address: "127.0.0.1",
  quiet: true,
  stopOnSignals: false,
  extensions: [
    new Database({
      fetch: async ({ documentName }) => {
        const [row] = await query("select data from documents where name = $1", [documentName]);
        return (row?.["data"] as Uint8Array | undefined) ?? null;
      },
      store: async ({ documentName, state }) => {
        await query(
          "insert into documents values ($1, $2) on conflict (name) do update set data = excluded.data",
          [documentName, state],
        );
      },
    }),
  ],
});
await server.listen();
console.log(`Hocuspocus is at ${server.httpURL}`);

async function openDatabase(folder: string, url: string | undefined) {
  if (url === undefined) {
    const pglite = await PGlite.create(folder);
    return async (text: string, values: unknown[]) =>
      (await pglite.query<Record<string, unknown>>(text, values)).rows;
  }
  const pool = new pg.Pool({ connectionString: url });
  return async (text: string, values: unknown[]) =>
    (await pool.query<Record<string, unknown>>(text, values)).rows;
}
