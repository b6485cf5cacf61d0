import { rmSync } from "node:fs";
import { openPgliteStore } from "@coscope/sync-server/store/store.ts";
import pg from "pg";
import * as Y from "yjs";
import { freshDataDir } from "../server/template.ts";
import { FaultyServer } from "../support/faulty-server.ts";
import { PostgresServer } from "../support/postgres.ts";

export type BackendName = "PGlite" | "PostgreSQL";

/** What the database alone says of a layer, every row from the first, without snapshots. */
export interface Stored {
  readonly doc: Y.Doc;
  readonly rows: number;
  /** Who wrote them. */
  readonly userIds: ReadonlySet<string>;
}

/** A database, and how the server is started on it. */
export interface Backend {
  readonly name: BackendName;
  launch(): Promise<FaultyServer>;
  /** With PGlite only while no server runs. Throws where sequence numbers are left out. */
  read(layerId: string): Promise<Stored>;
  /** The database answers nothing, neither commits nor loads nor joins, until the function returned is called. */
  stall(server: FaultyServer): Promise<() => Promise<unknown>>;
  /** Cuts the server's connections to it, where it has any. */
  cut(): Promise<void>;
  remove(): Promise<void>;
}

export async function openBackend(name: BackendName): Promise<Backend> {
  const data = await freshDataDir();
  const args = ["--port", "0", "--data", data];
  if (name === "PGlite") {
    return {
      name,
      launch: () => FaultyServer.start(args),
      async read(layerId) {
        const store = await openPgliteStore(data, { migrations: [] });
        try {
          const rows = await store.db.query.documentUpdate.findMany({
            where: (row, { eq }) => eq(row.layerId, layerId),
            orderBy: (row, { asc }) => asc(row.sequence),
          });
          return rebuild(rows);
        } finally {
          await store.close();
        }
      },
      async stall(server) {
        await server.hold();
        // Killed meanwhile, it holds nothing any more.
        const { child } = server;
        return async () => {
          if (child.exitCode === null && child.signalCode === null) await server.release();
        };
      },
      cut: async () => {},
      remove: async () => rmSync(data, { recursive: true, force: true }),
    };
  }
  const postgres = await PostgresServer.start();
  const url = await postgres.createDatabase();
  return {
    name,
    launch: () => FaultyServer.start(args, { DATABASE_URL: url }),
    async read(layerId) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        const { rows } = await client.query(
          "select sequence, bytes, user_id from document_updates where layer_id = $1 order by sequence",
          [layerId],
        );
        return rebuild(
          rows.map((row) => ({ sequence: Number(row.sequence), bytes: row.bytes, userId: row.user_id })),
        );
      } finally {
        await client.end();
      }
    },
    stall: () => postgres.stall(url),
    cut: async () => void (await postgres.cut()),
    async remove() {
      await postgres.remove();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function rebuild(rows: readonly { sequence: number; bytes: Uint8Array; userId: string | null }[]): Stored {
  const doc = new Y.Doc();
  rows.forEach(({ sequence, bytes }, i) => {
    if (sequence !== i + 1) throw new Error(`The log has ${sequence} where ${i + 1} belongs.`);
    Y.applyUpdate(doc, new Uint8Array(bytes));
  });
  if (doc.store.pendingStructs || doc.store.pendingDs) throw new Error("The log has holes.");
  return { doc, rows: rows.length, userIds: new Set(rows.map(({ userId }) => String(userId))) };
}
