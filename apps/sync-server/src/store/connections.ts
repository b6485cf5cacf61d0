import { and, asc, eq } from "drizzle-orm";
import { notFound } from "./rows.ts";
import { connection } from "./schema.ts";
import type { Database } from "./store.ts";

/** What may be told about a connection's credentials. */
export interface ConnectionDetails {
  /** Names of the headers that it sends. */
  readonly headers?: string[];
  readonly region?: string;
}

/** A connection as HTTP carries it: without what is secret. */
export interface ConnectionRow extends ConnectionDetails {
  readonly id: string;
  readonly name: string;
  /** It is used for addresses under this one. */
  readonly prefix: string;
  readonly kind: "headers" | "s3";
  readonly createdAt: string;
}

export interface SealedConnection {
  readonly row: ConnectionRow;
  readonly sealed: Uint8Array;
}

export async function listConnections(db: Database, workspaceId: string): Promise<SealedConnection[]> {
  const rows = await db
    .select()
    .from(connection)
    .where(eq(connection.workspaceId, workspaceId))
    .orderBy(asc(connection.createdAt), asc(connection.id));
  return rows.map((row) => ({ row: toConnectionRow(row), sealed: row.sealed }));
}

/** null when the workspace has one with this prefix. */
export async function insertConnection(
  db: Database,
  fields: typeof connection.$inferInsert,
): Promise<ConnectionRow | null> {
  const [row] = await db.insert(connection).values(fields).onConflictDoNothing().returning();
  return row ? toConnectionRow(row) : null;
}

/** Gone for good, unlike what people made: nobody needs an old key. */
export async function deleteConnection(db: Database, id: string, workspaceId: string): Promise<void> {
  const rows = await db
    .delete(connection)
    .where(and(eq(connection.id, id), eq(connection.workspaceId, workspaceId)))
    .returning({ id: connection.id });
  if (rows.length === 0) throw notFound("connection", id);
}

function toConnectionRow(row: typeof connection.$inferSelect): ConnectionRow {
  const { id, name, prefix, kind, details, createdAt } = row;
  return { id, name, prefix, kind, ...details, createdAt: createdAt.toISOString() };
}
