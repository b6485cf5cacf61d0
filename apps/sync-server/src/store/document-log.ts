import { and, asc, desc, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import { clientOwner, documentHead, documentSnapshot, documentUpdate, layer } from "./schema.ts";
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

/**
 * Writes a batch in one transaction and returns one result per entry, in order. The layers' rows are locked
 * shared while it runs, so that nobody starts an epoch between the check and the commit.
 * Rejects when the database does; then nothing of the batch is written.
 */
export async function appendUpdates(db: Database, batch: readonly LogEntry[]): Promise<AppendResult[]> {
  return db.transaction(async (tx) => {
    const epochs = await tx
      .select({ id: layer.id, epoch: layer.epoch })
      .from(layer)
      .where(
        and(inArray(layer.id, [...new Set(batch.map((entry) => entry.layerId))]), isNull(layer.deletedAt)),
      )
      .for("share");
    const current = new Map(epochs.map((row) => [row.id, row.epoch]));
    const fresh = batch.filter((entry) => current.get(entry.layerId) === entry.epoch);
    if (fresh.length === 0) return batch.map(() => "stale" as const);

    const counts = new Map<string, { layerId: string; epoch: number; sequence: number }>();
    for (const { layerId, epoch } of fresh) {
      const count = counts.get(layerId) ?? { layerId, epoch, sequence: 0 };
      counts.set(layerId, { ...count, sequence: count.sequence + 1 });
    }
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

    const rows = fresh.map((entry) => {
      const sequence = next.get(entry.layerId)!;
      next.set(entry.layerId, sequence + 1);
      const { layerId, epoch, bytes, userId, clientIds } = entry;
      return { layerId, epoch, sequence, bytes, userId, clientIds: [...clientIds] };
    });
    await tx.insert(documentUpdate).values(rows);

    const claims = fresh.flatMap(({ layerId, epoch, userId, claims }) =>
      claims.map((clientId) => ({ layerId, epoch, clientId, userId })),
    );
    for (let i = 0; i < claims.length; i += CLAIMS_PER_INSERT)
      await tx
        .insert(clientOwner)
        .values(claims.slice(i, i + CLAIMS_PER_INSERT))
        .onConflictDoNothing();

    const written = rows.values();
    return batch.map((entry) =>
      current.get(entry.layerId) === entry.epoch ? { sequence: written.next().value!.sequence } : "stale",
    );
  });
}

export interface StoredDocument {
  /** Newest snapshot, or null. */
  readonly snapshot: Uint8Array | null;
  /** Updates after the snapshot, in order. */
  readonly updates: readonly Uint8Array[];
  /** Sequence of the last update; 0 when there is none. */
  readonly sequence: number;
  readonly snapshotSequence: number;
  /** Yjs client id → user id. */
  readonly owners: ReadonlyMap<number, string>;
}

export async function loadDocument(db: Database, { layerId, epoch }: DocumentId): Promise<StoredDocument> {
  const [snapshot] = await db
    .select()
    .from(documentSnapshot)
    .where(and(eq(documentSnapshot.layerId, layerId), eq(documentSnapshot.epoch, epoch)))
    .orderBy(desc(documentSnapshot.sequence))
    .limit(1);
  const snapshotSequence = snapshot?.sequence ?? 0;
  const rows = await db
    .select({ sequence: documentUpdate.sequence, bytes: documentUpdate.bytes })
    .from(documentUpdate)
    .where(
      and(
        eq(documentUpdate.layerId, layerId),
        eq(documentUpdate.epoch, epoch),
        gt(documentUpdate.sequence, snapshotSequence),
      ),
    )
    .orderBy(asc(documentUpdate.sequence));
  const owners = await db
    .select({ clientId: clientOwner.clientId, userId: clientOwner.userId })
    .from(clientOwner)
    .where(and(eq(clientOwner.layerId, layerId), eq(clientOwner.epoch, epoch)));
  return {
    snapshot: snapshot?.bytes ?? null,
    updates: rows.map((row) => row.bytes),
    sequence: rows.at(-1)?.sequence ?? snapshotSequence,
    snapshotSequence,
    owners: new Map(owners.map((row) => [row.clientId, row.userId])),
  };
}

/** Older snapshots kept behind the newest, for the case that one turns out unreadable. */
const KEPT_SNAPSHOTS = 2;

/**
 * Stores `bytes` as the state up to `sequence`. `merge` gets the newest snapshot and must return the union: a
 * snapshot never replaces what another one had. A snapshot that is older than the newest is not written.
 */
export async function writeSnapshot(
  db: Database,
  { layerId, epoch }: DocumentId,
  sequence: number,
  bytes: Uint8Array,
  merge: (older: Uint8Array, newer: Uint8Array) => Uint8Array,
): Promise<void> {
  await db.transaction(async (tx) => {
    const existing = await tx
      .select({ sequence: documentSnapshot.sequence })
      .from(documentSnapshot)
      .where(and(eq(documentSnapshot.layerId, layerId), eq(documentSnapshot.epoch, epoch)))
      .orderBy(desc(documentSnapshot.sequence));
    const newest = existing[0];
    if (newest && newest.sequence >= sequence) return;
    let union = bytes;
    if (newest) {
      const [row] = await tx
        .select({ bytes: documentSnapshot.bytes })
        .from(documentSnapshot)
        .where(
          and(
            eq(documentSnapshot.layerId, layerId),
            eq(documentSnapshot.epoch, epoch),
            eq(documentSnapshot.sequence, newest.sequence),
          ),
        );
      union = merge(row!.bytes, bytes);
    }
    await tx.insert(documentSnapshot).values({ layerId, epoch, sequence, bytes: union });
    const old = existing.slice(KEPT_SNAPSHOTS - 1).map((row) => row.sequence);
    if (old.length > 0) {
      await tx
        .delete(documentSnapshot)
        .where(
          and(
            eq(documentSnapshot.layerId, layerId),
            eq(documentSnapshot.epoch, epoch),
            inArray(documentSnapshot.sequence, old),
          ),
        );
    }
  });
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
