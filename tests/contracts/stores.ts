import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "@coscope/sync-server/store/store.ts";
import { PostgresServer, postgresBin } from "../support/postgres.ts";

/** Where a database of one kind lives while a test closes and opens it. */
export interface Place {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

/** A kind of database under contract. */
export interface StoreKind {
  readonly name: string;
  readonly missing: boolean;
  setUp(): Promise<void>;
  tearDown(): Promise<void>;
  /** A new, empty one. */
  place(): Promise<Place>;
}

function folderPlace(databaseUrl?: string): Place {
  const dataDir = mkdtempSync(join(tmpdir(), "coscope-contract-"));
  return {
    open: () => openStore({ dataDir, databaseUrl }),
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

const pglite: StoreKind = {
  name: "PGlite",
  missing: false,
  setUp: async () => {},
  tearDown: async () => {},
  place: async () => folderPlace(),
};

let server: PostgresServer | null = null;
const postgres: StoreKind = {
  name: "PostgreSQL",
  missing: !postgresBin,
  setUp: async () => {
    server = await PostgresServer.start();
  },
  tearDown: async () => server?.remove(),
  place: async () => folderPlace(await server!.createDatabase()),
};

export const storeKinds: readonly StoreKind[] = [pglite, postgres];
