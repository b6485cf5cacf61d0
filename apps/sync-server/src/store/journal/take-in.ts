import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Logger } from "pino";
import { causesOf, ServerError } from "../../errors.ts";
import { arrayOf, columnsOf, type DocumentId } from "../document-log.ts";
import { reasonOf } from "../outage.ts";
import { appUser, documentHead, layer } from "../schema.ts";
import type { Database } from "../store.ts";
import { JournalFiles, keptCopies } from "./files.ts";
import type { JournalEntry } from "./record.ts";

/** One statement takes at most so much: whoever asks the database meanwhile need not wait long, and memory is little. */
const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 1 << 20;

export const keyOf = ({ epoch, layerId }: DocumentId) => `${epoch}/${layerId}`;

export function* batchesOf(entries: readonly JournalEntry[]): Generator<JournalEntry[]> {
  let batch: JournalEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length === MAX_BATCH || (batch.length > 0 && bytes + entry.bytes.length > MAX_BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.bytes.length;
  }
  if (batch.length > 0) yield batch;
}

/** Whether the database said no to what it was asked, and would again: a reference to nothing, or a hole. */
export function isRefusal(error: unknown): boolean {
  return [...causesOf(error)].some(({ code }) => typeof code === "string" && /^(23\w{3}|P0001)$/.test(code));
}

/** Sequence of the document's last update in the database; null where the layer is gone or at another epoch. */
export async function readHead(db: Database, { layerId, epoch }: DocumentId): Promise<number | null> {
  const [row] = await db
    .select({ sequence: documentHead.sequence })
    .from(layer)
    .leftJoin(documentHead, and(eq(documentHead.layerId, layer.id), eq(documentHead.epoch, layer.epoch)))
    .where(and(eq(layer.id, layerId), eq(layer.epoch, epoch), isNull(layer.deletedAt)));
  return row ? (row.sequence ?? 0) : null;
}

/**
 * Writes entries to the log, all or none; those that it has are passed over. Also of layers that were deleted
 * meanwhile: they were acknowledged.
 */
export async function takeIn(db: Database, entries: readonly JournalEntry[]): Promise<void> {
  const { layerIds, epochs, updates, userIds, clientIds, claims } = columnsOf(entries);
  const sequences = arrayOf(entries, ({ sequence }) => `${sequence}`);
  const times = arrayOf(entries, ({ createdAt }) => `${createdAt}`);
  await db.execute(sql`
    select take_journal(
      ${layerIds}::text[], ${epochs}::integer[], ${sequences}::bigint[], ${updates}::bytea[], ${userIds}::text[],
      ${clientIds}::text[], ${times}::bigint[], ${claims}::json
    )`);
}

/**
 * Opens the journal of a folder after taking in what an earlier process left there. What cannot be taken in, as it is
 * damaged or leaves a hole (after a power loss, or where the database was replaced), stays beside it as a copy.
 */
export async function recover(db: Database, folder: string, logger?: Logger): Promise<JournalFiles> {
  let files: JournalFiles | null = null;
  try {
    const left = JournalFiles.open(folder);
    files = left.files;
    const { fresh, holes } = await findFresh(db, left.entries);
    for (const batch of batchesOf(fresh)) await takeIn(db, batch);
    if (fresh.length > 0) logger?.info({ updates: fresh.length }, "the journal was taken into the database");
    if (left.damaged.length > 0 || holes.length > 0) {
      logger?.error(
        { damaged: left.damaged, holes },
        "a part of the journal cannot be taken into the database",
      );
      files.keepCopies();
    }
    files.clear();
    const kept = keptCopies(folder);
    if (kept.length > 0)
      logger?.warn({ kept }, "copies of a journal with edits that could not be taken in are kept");
    return files;
  } catch (cause) {
    files?.close();
    throw new ServerError(
      "store-failed",
      `The edits in ${folder} cannot be taken into the database: ${reasonOf(cause)}`,
      { next: "Nothing is lost: check the free space and the folder's rights, and start again." },
    );
  }
}

/**
 * Entries that the database lacks, and the documents in which others between it and them are missing, or whose layer or
 * authors it does not know.
 */
export async function findFresh(
  db: Database,
  entries: readonly JournalEntry[],
): Promise<{ fresh: JournalEntry[]; holes: string[] }> {
  if (entries.length === 0) return { fresh: [], holes: [] };
  const layerIds = [...new Set(entries.map(({ layerId }) => layerId))];
  const userIds = [...new Set(entries.map(({ userId }) => userId))];
  const layers = await db.select({ id: layer.id }).from(layer).where(inArray(layer.id, layerIds));
  const users = await db.select({ id: appUser.id }).from(appUser).where(inArray(appUser.id, userIds));
  const rows = await db.select().from(documentHead).where(inArray(documentHead.layerId, layerIds));
  const known = new Set([...layers, ...users].map(({ id }) => id));
  const heads = new Map(rows.map((row) => [keyOf(row), row.sequence]));
  const holes = new Set<string>();
  const fresh = entries.filter((entry) => {
    const key = keyOf(entry);
    const head = heads.get(key) ?? 0;
    if (entry.sequence <= head) return false;
    const follows = entry.sequence === head + 1 && known.has(entry.layerId) && known.has(entry.userId);
    if (follows) heads.set(key, entry.sequence);
    else holes.add(key);
    return follows;
  });
  return { fresh, holes: [...holes] };
}
