import { createHash } from "node:crypto";
import { and, asc, desc, eq, gt, inArray, lte } from "drizzle-orm";
import type { BlobStore } from "../blobs/blob-store.ts";
import { ServerError } from "../errors.ts";
import type { DocumentId, DocumentLog } from "./document-log.ts";
import { clientOwner, documentSnapshot, documentUpdate } from "./schema.ts";
import type { Database } from "./store.ts";

export interface StoredDocument {
  /** Newest snapshot that can be read, or null. */
  readonly snapshot: Uint8Array | null;
  /** Updates after the snapshot, in order. */
  readonly updates: readonly Uint8Array[];
  /** Sequence of the last update; 0 when there is none. */
  readonly sequence: number;
  readonly snapshotSequence: number;
  /** Yjs client id → user id. */
  readonly owners: ReadonlyMap<number, string>;
}

/** Live documents as they are kept: the log's rows, and snapshots that save reading all of them. */
export interface Documents {
  load(id: DocumentId): Promise<StoredDocument>;
  /**
   * Folds the newest snapshot and the rows behind it, up to `sequence`, into the next one, and resolves to its bytes;
   * to 0 when there is one as new. Nothing but what the database has goes into it, and all of that.
   */
  saveSnapshot(id: DocumentId, sequence: number): Promise<number>;
}

export interface DocumentsOptions {
  /** What it holds is waited for before rows are read. */
  readonly documentLog: Pick<DocumentLog, "settle">;
  readonly blobs: BlobStore;
  /** One update with all that is in these; rejects when one of them cannot be read. */
  fold(updates: Uint8Array[]): Promise<Uint8Array>;
  /** A snapshot that is missing or damaged; the next older one is used, or the rows alone. */
  onUnreadable?(blob: string, error: unknown): void;
}

/** Older snapshots kept behind the newest, for the case that one turns out unreadable. */
const KEPT_SNAPSHOTS = 2;
/** Larger snapshots are blobs: in the built-in database a large row holds up everybody's edits while it is written. */
const INLINE_BYTES = 64 << 10;
/** Rows that are read at once for a snapshot: others' edits are committed in between. */
const ROWS_AT_ONCE = 200;

export function createDocuments(
  db: Database,
  { documentLog, blobs, fold, onUnreadable }: DocumentsOptions,
): Documents {
  async function newestSnapshot(id: DocumentId): Promise<{ sequence: number; bytes: Uint8Array } | null> {
    const rows = await db
      .select({ sequence: documentSnapshot.sequence, blob: documentSnapshot.blob })
      .from(documentSnapshot)
      .where(ofDocument(documentSnapshot, id))
      .orderBy(desc(documentSnapshot.sequence));
    for (const { sequence, blob } of rows) {
      try {
        const bytes = blob === null ? await readInline(id, sequence) : await readSnapshotBlob(blobs, blob);
        if (bytes) return { sequence, bytes };
      } catch (error) {
        onUnreadable?.(blob ?? `row ${sequence}`, error);
      }
    }
    return null;
  }

  async function readInline(id: DocumentId, sequence: number): Promise<Uint8Array | null> {
    const [row] = await db
      .select({ bytes: documentSnapshot.bytes })
      .from(documentSnapshot)
      .where(and(ofDocument(documentSnapshot, id), eq(documentSnapshot.sequence, sequence)));
    return row?.bytes ?? null;
  }

  async function rowsBetween(id: DocumentId, after: number, upTo: number): Promise<Uint8Array[]> {
    const updates: Uint8Array[] = [];
    for (let from = after; from < upTo; from += ROWS_AT_ONCE) {
      const rows = await db
        .select({ bytes: documentUpdate.bytes })
        .from(documentUpdate)
        .where(
          and(
            ofDocument(documentUpdate, id),
            gt(documentUpdate.sequence, from),
            lte(documentUpdate.sequence, Math.min(from + ROWS_AT_ONCE, upTo)),
          ),
        )
        .orderBy(asc(documentUpdate.sequence));
      for (const { bytes } of rows) updates.push(bytes);
    }
    return updates;
  }

  return {
    async load(id) {
      await documentLog.settle(id.layerId);
      const snapshot = await newestSnapshot(id);
      const snapshotSequence = snapshot?.sequence ?? 0;
      const rows = await db
        .select({ sequence: documentUpdate.sequence, bytes: documentUpdate.bytes })
        .from(documentUpdate)
        .where(and(ofDocument(documentUpdate, id), gt(documentUpdate.sequence, snapshotSequence)))
        .orderBy(asc(documentUpdate.sequence));
      const owners = await db
        .select({ clientId: clientOwner.clientId, userId: clientOwner.userId })
        .from(clientOwner)
        .where(ofDocument(clientOwner, id));
      return {
        snapshot: snapshot?.bytes ?? null,
        updates: rows.map((row) => row.bytes),
        sequence: rows.at(-1)?.sequence ?? snapshotSequence,
        snapshotSequence,
        owners: new Map(owners.map((row) => [row.clientId, row.userId])),
      };
    },

    async saveSnapshot(id, sequence) {
      await documentLog.settle(id.layerId);
      const newest = await newestSnapshot(id);
      if (newest && newest.sequence >= sequence) return 0;
      const rows = await rowsBetween(id, newest?.sequence ?? 0, sequence);
      const union = await fold(newest ? [newest.bytes, ...rows] : rows);
      const blob = union.byteLength > INLINE_BYTES ? snapshotKey(id, sequence, union) : null;
      // Outside the transaction: others' edits must not wait for a file, still less for a network.
      if (blob) await blobs.put(blob, union);
      const superseded = await db.transaction(async (tx) => {
        const existing = await tx
          .select({ sequence: documentSnapshot.sequence, blob: documentSnapshot.blob })
          .from(documentSnapshot)
          .where(ofDocument(documentSnapshot, id))
          .orderBy(desc(documentSnapshot.sequence));
        // Somebody else was quicker; theirs is a union as well.
        if (existing.some((row) => row.sequence >= sequence)) return [];
        await tx
          .insert(documentSnapshot)
          .values({ ...id, sequence, ...(blob ? { blob } : { bytes: union }) });
        const old = existing.slice(KEPT_SNAPSHOTS - 1);
        if (old.length > 0)
          await tx.delete(documentSnapshot).where(
            and(
              ofDocument(documentSnapshot, id),
              inArray(
                documentSnapshot.sequence,
                old.map((row) => row.sequence),
              ),
            ),
          );
        return old;
      });
      for (const row of superseded) if (row.blob) await blobs.delete(row.blob);
      return union.byteLength;
    },
  };
}

/** Where snapshots are among the blobs: they can be made anew from the rows. */
export const SNAPSHOT_PREFIX = "snapshots/";

function snapshotKey({ layerId, epoch }: DocumentId, sequence: number, bytes: Uint8Array): string {
  return `${SNAPSHOT_PREFIX}${layerId}/e${epoch}/${sequence}-${sha256(bytes)}`;
}

/** Throws "store-failed" when the blob is missing, or is not what its name says. */
export async function readSnapshotBlob(blobs: BlobStore, key: string): Promise<Uint8Array> {
  const bytes = await blobs.get(key);
  if (!bytes) throw new ServerError("store-failed", `The snapshot ${key} is missing in ${blobs.place}.`);
  if (!key.endsWith(`-${sha256(bytes)}`))
    throw new ServerError("store-failed", `The snapshot ${key} in ${blobs.place} is damaged.`);
  return bytes;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

type DocumentTable = typeof documentSnapshot | typeof documentUpdate | typeof clientOwner;

function ofDocument(table: DocumentTable, { layerId, epoch }: DocumentId) {
  return and(eq(table.layerId, layerId), eq(table.epoch, epoch));
}
