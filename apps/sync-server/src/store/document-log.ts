import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import { ServerError } from "../errors.ts";
import { rowsOf } from "./guests.ts";
import { documentHead, documentUpdate, layer, setting } from "./schema.ts";
import type { Database } from "./store.ts";

/** One generation of one layer's document. */
export interface DocumentId {
  readonly layerId: string;
  readonly epoch: number;
}

/** An accepted Yjs V1 update on its way into the log. */
export interface LogEntry extends DocumentId {
  readonly bytes: Uint8Array;
  readonly userId: string;
  /** Yjs client ids with new structs in it. */
  readonly clientIds: readonly number[];
  /** Those among them that nobody owned: from now on they are this user's. */
  readonly claims: readonly number[];
}

/** `stale`: the layer is gone or at another epoch; the entry was not written. */
export type AppendResult = { sequence: number } | "stale";

export interface AppendOptions {
  /** An earlier attempt failed, perhaps after it was written: look before writing again. */
  readonly again?: boolean;
}

export interface Appended {
  /** One per entry, in order. */
  readonly results: readonly AppendResult[];
  /** Resolves once the database has them; null where it has. Never rejects. */
  readonly stored: Promise<void> | null;
}

/** Where accepted updates become durable: the database, or a journal from which it takes them in moments later. */
export interface DocumentLog {
  /**
   * Resolves when what it says is durable against a crash of this process. Rejects with nothing written, or, when an
   * answer was lost, with all of it: whoever tries once more says `again`. "data-busy": somebody else may write now.
   */
  append(batch: readonly LogEntry[], options?: AppendOptions): Promise<Appended>;
  /**
   * Resolves when the database has all that was appended, of the layer or at all: for whoever reads rows. Rejects with
   * "store-failed" once it has refused that for `patienceMs`; left out, 10 s.
   */
  settle(layerId?: string, patienceMs?: number): Promise<void>;
  /**
   * Somebody comes to the document: what is asked of the database before their first update is asked now, so that no
   * update waits for it. Rejects when the database does, with nothing lost but that.
   */
  prepare(id: DocumentId, userId: string): Promise<void>;
  /** Runs `use` with everything in the database and nothing coming: for whoever removes what updates refer to. */
  quietly<Result>(use: () => Promise<Result>): Promise<Result>;
  /** The layer's row has changed: it was deleted, or begins another epoch. */
  forget(layerId: string): void;
  /** Whether it takes anything, as far as can be seen without asking the database. */
  isWritable(): boolean;
  /** Updates that are durable and not in the database yet. */
  readonly waiting: number;
}

/** Each batch in one commit of the database. `term`: `Store.term`, without which it is refused. */
export function createDirectLog(db: Database, term: string | null): DocumentLog {
  return {
    async append(batch, { again = false } = {}) {
      return { results: await appendUpdates(db, batch, { term, again }), stored: null };
    },
    settle: async () => {},
    prepare: async () => {},
    quietly: (use) => use(),
    forget: () => {},
    isWritable: () => true,
    waiting: 0,
  };
}

export interface AppendUpdatesOptions extends AppendOptions {
  /** `Store.term`: the batch is refused with "data-busy" when another process took the database over. */
  readonly term?: string | null;
}

/**
 * Writes a batch and returns one result per entry, in order. One function of the database does it all: locks the layers' rows shared,
 * so that nobody starts an epoch between the check and the commit, takes sequences, and writes updates and claims.
 * In the built-in database each further statement would cost as much again, and planning this one several times as much.
 * Rejects when the database does; then nothing of the batch is written, or, when the connection broke in the very
 * commit, all of it: whoever tries once more says `again`.
 */
export async function appendUpdates(
  db: Database,
  batch: readonly LogEntry[],
  { term = null, again = false }: AppendUpdatesOptions = {},
): Promise<AppendResult[]> {
  if (!again) return append(db, batch, term);
  return db.transaction(async (tx) => {
    const written = await findWritten(tx, batch);
    const missing = batch.filter((_, i) => written[i] === null);
    const rest = (missing.length > 0 ? await append(tx, missing, term) : []).values();
    return written.map((result) => result ?? rest.next().value!);
  });
}

async function append(
  db: Database,
  batch: readonly LogEntry[],
  term: string | null,
): Promise<AppendResult[]> {
  const { layerIds, epochs, updates, userIds, clientIds, claims } = columnsOf(batch);
  const rows = rowsOf<{ i: number; sequence: string | number }>(
    await db.execute(sql`
      select i, sequence from append_updates(
        ${layerIds}::text[], ${epochs}::integer[], ${updates}::bytea[], ${userIds}::text[], ${clientIds}::text[], ${claims}::json,
        ${term}::text
      )`),
  );
  if (rows.length === 0 && term !== null) await checkTerm(db, term);
  const sequences = new Map(rows.map((row) => [row.i, Number(row.sequence)]));
  return batch.map((_, i) => {
    const sequence = sequences.get(i);
    return sequence === undefined ? "stale" : { sequence };
  });
}

/** A batch as parameters of the database's functions: arrays in text. */
export function columnsOf(batch: readonly LogEntry[]) {
  return {
    layerIds: arrayOf(batch, ({ layerId }) => layerId),
    epochs: arrayOf(batch, ({ epoch }) => `${epoch}`),
    updates: arrayOf(batch, ({ bytes }) => `\\x${hexOf(bytes)}`),
    userIds: arrayOf(batch, ({ userId }) => userId),
    clientIds: arrayOf(batch, ({ clientIds }) => `{${clientIds}}`),
    claims: JSON.stringify(
      batch.flatMap(({ layerId, epoch, userId, claims }) =>
        claims.map((clientId) => ({ layer_id: layerId, epoch, client_id: clientId, user_id: userId })),
      ),
    ),
  };
}

const hexOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("hex");

export function arrayOf<Item>(items: readonly Item[], textOf: (item: Item) => string): string {
  return `{${items.map((item) => `"${textOf(item).replace(/["\\]/g, "\\$&")}"`).join()}}`;
}

/** The setting that holds the term of the process that may write. */
const TERM_KEY = "writer-term";

const termIs = (term: string) =>
  sql`${setting.key} = ${TERM_KEY} and ${setting.value} = to_jsonb(${term}::text)`;

async function checkTerm(db: Database, term: string): Promise<void> {
  const [held] = await db.select({ key: setting.key }).from(setting).where(termIs(term));
  if (held) return;
  throw new ServerError("data-busy", "Another Coscope has taken this database over.", {
    next: "Only one server may work with a database: stop one of them.",
  });
}

/**
 * What of the batch an earlier attempt has written: of each document whose log ends with exactly these updates. Should
 * they be there for another reason, they are there all the same. null for the others.
 */
export async function findWritten(
  tx: Database,
  batch: readonly LogEntry[],
): Promise<({ sequence: number } | null)[]> {
  const results: ({ sequence: number } | null)[] = batch.map(() => null);
  const documents = Map.groupBy(batch.keys(), (i) => `${batch[i]!.epoch}/${batch[i]!.layerId}`);
  for (const indexes of documents.values()) {
    const { layerId, epoch } = batch[indexes[0]!]!;
    // Waits until an attempt that still runs, on a connection that we lost, is over: it holds this row.
    const [head] = await tx
      .insert(documentHead)
      .values({ layerId, epoch, sequence: 0 })
      .onConflictDoUpdate({
        target: [documentHead.layerId, documentHead.epoch],
        set: { sequence: documentHead.sequence },
      })
      .returning();
    const before = head!.sequence - indexes.length;
    if (before < 0) continue;
    const rows = await tx
      .select({ bytes: documentUpdate.bytes })
      .from(documentUpdate)
      .where(
        and(
          eq(documentUpdate.layerId, layerId),
          eq(documentUpdate.epoch, epoch),
          gt(documentUpdate.sequence, before),
        ),
      )
      .orderBy(asc(documentUpdate.sequence));
    const same =
      rows.length === indexes.length &&
      indexes.every((i, k) => Buffer.from(batch[i]!.bytes).equals(rows[k]!.bytes));
    if (same)
      indexes.forEach((i, k) => {
        results[i] = { sequence: before + k + 1 };
      });
  }
  return results;
}

/** The layers among `layerIds` whose current document holds anything. */
export async function layersWithUpdates(db: Database, layerIds: readonly string[]): Promise<Set<string>> {
  if (layerIds.length === 0) return new Set();
  const rows = await db
    .select({ layerId: documentHead.layerId })
    .from(documentHead)
    .innerJoin(layer, and(eq(layer.id, documentHead.layerId), eq(layer.epoch, documentHead.epoch)))
    .where(inArray(documentHead.layerId, [...layerIds]));
  return new Set(rows.map((row) => row.layerId));
}
