import { ServerError } from "../errors.ts";
import type { CredentialsFor } from "../fetch/guarded-fetch.ts";
import {
  type ConnectionDetails,
  type ConnectionRow,
  deleteConnection,
  insertConnection,
  listConnections,
  type SealedConnection,
} from "../store/connections.ts";
import { newId } from "../store/ids.ts";
import type { Database } from "../store/store.ts";
import { longestUnder } from "./prefix.ts";
import { type ConnectionSecret, headersOf } from "./secrets.ts";
import type { Vault } from "./vault.ts";

export interface NewConnection {
  readonly workspaceId: string;
  readonly name: string;
  /** As `normalPrefix` gives it. */
  readonly prefix: string;
  readonly secret: ConnectionSecret;
  readonly createdBy: string;
}

/** Credentials of other servers, per workspace. What is secret in them leaves this module as request headers only. */
export interface Connections {
  list(workspaceId: string): Promise<ConnectionRow[]>;
  /** @throws ServerError "connection-exists" */
  create(fields: NewConnection): Promise<ConnectionRow>;
  /** Erases it. Throws "not-found". */
  remove(id: string, workspaceId: string): Promise<void>;
  /** The connection that an address would be asked with. */
  match(workspaceId: string, url: URL): Promise<ConnectionRow | null>;
  /** For `guardedFetch`: headers of the connection with the longest prefix, at each redirect anew. */
  credentialsFor(workspaceId: string): CredentialsFor;
}

/** Every tile asks; another process may have changed the table. */
const CACHE_MS = 5_000;

export function createConnections(db: Database, vault: Vault): Connections {
  const cache = new Map<string, { rows: Promise<SealedConnection[]>; until: number }>();

  function rowsOf(workspaceId: string): Promise<SealedConnection[]> {
    const cached = cache.get(workspaceId);
    if (cached && cached.until > Date.now()) return cached.rows;
    const rows = listConnections(db, workspaceId);
    cache.set(workspaceId, { rows, until: Date.now() + CACHE_MS });
    rows.catch(() => cache.delete(workspaceId));
    return rows;
  }

  return {
    list: async (workspaceId) => (await listConnections(db, workspaceId)).map(({ row }) => row),

    async create({ secret, ...fields }) {
      const id = newId();
      const row = await insertConnection(db, {
        ...fields,
        id,
        kind: secret.kind,
        details: detailsOf(secret),
        sealed: vault.seal(secret, about(id, fields.workspaceId, fields.prefix)),
      });
      cache.delete(fields.workspaceId);
      if (row) return row;
      throw new ServerError("connection-exists", `There is a connection for ${fields.prefix} already.`, {
        next: "Delete that one first, or give a longer prefix.",
      });
    },

    async remove(id, workspaceId) {
      await deleteConnection(db, id, workspaceId);
      cache.delete(workspaceId);
    },

    async match(workspaceId, url) {
      const rows = await rowsOf(workspaceId);
      return (
        longestUnder(
          rows.map(({ row }) => row),
          url,
        ) ?? null
      );
    },

    credentialsFor: (workspaceId) => async (url, method) => {
      const rows = await rowsOf(workspaceId);
      const found = longestUnder(
        rows.map(({ row, sealed }) => ({ prefix: row.prefix, id: row.id, sealed })),
        url,
      );
      if (!found) return null;
      const secret = vault.open(found.sealed, about(found.id, workspaceId, found.prefix));
      return headersOf(secret as ConnectionSecret, url, method);
    },
  };
}

/** A secret that is moved to another row or prefix in the database does not open. */
const about = (...parts: string[]) => JSON.stringify(parts);

function detailsOf(secret: ConnectionSecret): ConnectionDetails {
  if (secret.kind === "headers") return { headers: Object.keys(secret.headers) };
  return secret.region ? { region: secret.region } : {};
}
