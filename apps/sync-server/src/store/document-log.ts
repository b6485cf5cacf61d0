import { and, asc, eq, gte, inArray, isNull, sql } from "drizzle-orm";
import { ServerError } from "../errors.ts";
import { clientOwner, documentHead, documentUpdate, layer, setting } from "./schema.ts";
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

/** A statement takes 65,535 parameters, four a row; an update may claim more ids than that. */
const CLAIMS_PER_INSERT = 5_000;

/** `stale`: the layer is gone or at another epoch; the entry was not written. */
export type AppendResult = { sequence: number } | "stale";

export interface AppendOptions {
  /** `Store.term`: the batch is refused with "data-busy" when another process took the database over. */
  readonly term?: string | null;
  /** An earlier attempt failed, perhaps after the database had written it: look before writing again. */
  readonly again?: boolean;
}

/**
 * Writes a batch in one transaction and returns one result per entry, in order. The layers' rows are locked
 * shared while it runs, so that nobody starts an epoch between the check and the commit.
 * Rejects when the database does; then nothing of the batch is written, or, when the connection broke in the very
 * commit, all of it: whoever tries once more says `again`.
 */
export async function appendUpdates(
  db: Database,
  batch: readonly LogEntry[],
  { term = null, again = false }: AppendOptions = {},
): Promise<AppendResult[]> {
  try {
    return await db.transaction((tx) => append(tx, batch, term, again));
  } catch (error) {
    if (error instanceof AlreadyWritten) return error.results;
    throw error;
  }
}

/** Thrown to roll back what a repeated attempt had begun. */
class AlreadyWritten extends Error {
  readonly results: AppendResult[];
  constructor(results: AppendResult[]) {
    super("already written");
    this.results = results;
  }
}

async function append(
  tx: Database,
  batch: readonly LogEntry[],
  term: string | null,
  again: boolean,
): Promise<AppendResult[]> {
  const current = await lockEpochs(tx, [...new Set(batch.map((entry) => entry.layerId))], term);
  const fresh = batch.filter((entry) => current.get(entry.layerId) === entry.epoch);
  if (fresh.length === 0) return batch.map(() => "stale" as const);

  const counts = new Map<string, { layerId: string; epoch: number; sequence: number }>();
  for (const { layerId, epoch } of fresh) {
    const count = counts.get(layerId) ?? { layerId, epoch, sequence: 0 };
    counts.set(layerId, { ...count, sequence: count.sequence + 1 });
  }
  // From here on an earlier attempt that still runs, on a connection that we lost, is over: it holds these rows.
  const heads = await tx
    .insert(documentHead)
    .values([...counts.values()])
    .onConflictDoUpdate({
      target: [documentHead.layerId, documentHead.epoch],
      set: { sequence: sql`${documentHead.sequence} + excluded.sequence` },
    })
    .returning();
  const next = new Map(
    heads.map((head) => [head.layerId, head.sequence - counts.get(head.layerId)!.sequence + 1]),
  );
  const results = (first: ReadonlyMap<string, number>): AppendResult[] => {
    const sequences = new Map(first);
    return batch.map(({ layerId, epoch }) => {
      if (current.get(layerId) !== epoch) return "stale";
      const sequence = sequences.get(layerId)!;
      sequences.set(layerId, sequence + 1);
      return { sequence };
    });
  };
  if (again) {
    const before = new Map(
      [...next].map(([layerId, first]) => [layerId, first - counts.get(layerId)!.sequence]),
    );
    if (await areWritten(tx, fresh, before)) throw new AlreadyWritten(results(before));
  }

  const written = results(next);
  await tx.insert(documentUpdate).values(
    batch.flatMap(({ layerId, epoch, bytes, userId, clientIds }, i) => {
      const result = written[i]!;
      return result === "stale"
        ? []
        : [{ layerId, epoch, sequence: result.sequence, bytes, userId, clientIds: [...clientIds] }];
    }),
  );

  const claims = fresh.flatMap(({ layerId, epoch, userId, claims }) =>
    claims.map((clientId) => ({ layerId, epoch, clientId, userId })),
  );
  for (let i = 0; i < claims.length; i += CLAIMS_PER_INSERT)
    await tx
      .insert(clientOwner)
      .values(claims.slice(i, i + CLAIMS_PER_INSERT))
      .onConflictDoNothing();
  return written;
}

/** The setting that holds the term of the process that may write. */
const TERM_KEY = "writer-term";

/** Layer id → epoch of those that are not deleted, locked until the end of the transaction. */
async function lockEpochs(
  tx: Database,
  layerIds: readonly string[],
  term: string | null,
): Promise<Map<string, number>> {
  const wanted = and(inArray(layer.id, [...layerIds]), isNull(layer.deletedAt));
  const epochs = tx.select({ id: layer.id, epoch: layer.epoch }).from(layer);
  if (term === null) {
    const rows = await epochs.where(wanted).for("share");
    return new Map(rows.map((row) => [row.id, row.epoch]));
  }
  const ours = and(eq(setting.key, TERM_KEY), sql`${setting.value} = to_jsonb(${term}::text)`);
  const rows = await epochs.innerJoin(setting, ours).where(wanted).for("share");
  if (rows.length === 0) {
    const [held] = await tx.select({ key: setting.key }).from(setting).where(ours);
    if (!held)
      throw new ServerError("data-busy", "Another Coscope has taken this database over.", {
        next: "Only one server may work with a database: stop one of them.",
      });
  }
  return new Map(rows.map((row) => [row.id, row.epoch]));
}

/** True when the log of each document holds exactly these updates from the given sequence on. */
async function areWritten(
  tx: Database,
  entries: readonly LogEntry[],
  first: ReadonlyMap<string, number>,
): Promise<boolean> {
  for (const [layerId, from] of first) {
    const own = entries.filter((entry) => entry.layerId === layerId);
    if (from < 1) return false;
    const rows = await tx
      .select({ bytes: documentUpdate.bytes })
      .from(documentUpdate)
      .where(
        and(
          eq(documentUpdate.layerId, layerId),
          eq(documentUpdate.epoch, own[0]!.epoch),
          gte(documentUpdate.sequence, from),
        ),
      )
      .orderBy(asc(documentUpdate.sequence));
    if (rows.length !== own.length) return false;
    if (own.some((entry, i) => !Buffer.from(entry.bytes).equals(rows[i]!.bytes))) return false;
  }
  return true;
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
