import { type SQL, sql } from "drizzle-orm";
import { rowsOf } from "../store/guests.ts";
import type { Database } from "../store/store.ts";

/** One row of one table, as the JSON that PostgreSQL itself makes of it: nothing is lost on the way through JavaScript. */
export interface RowLine {
  readonly table: string;
  readonly json: string;
}

export interface ExportOptions {
  /** Only these tables, without the log; all when left out. */
  readonly tables?: readonly string[];
  /** Snapshots too. They can be made anew from the log, so a backup does without. */
  readonly snapshots?: boolean;
}

/** Read document by document, as far as the heads had come when the other tables were read. */
const LOG_TABLES = new Set(["document_updates", "document_snapshots", "client_owner"]);
/** Bytes of updates that are read at once: one read must not hold up the edits of everybody else. */
const PAGE_BYTES = 2 << 20;
const PAGE_ROWS = 500;

interface Head {
  layer_id: string;
  epoch: number;
  /** bigint as text, as one driver gives it; only compared in SQL. */
  sequence: string | number;
}

/**
 * Every row of a database, consistent as of one moment, while people edit. Tables other than the log are read in one
 * short transaction; the log only ever grows, so it can be read afterwards, piece by piece, up to the heads of that
 * moment. Order: `schema_migration` first, then the other tables, then for each document its owners, snapshots, and
 * updates by sequence.
 */
export async function* exportRows(
  db: Database,
  { tables, snapshots = false }: ExportOptions = {},
): AsyncGenerator<RowLine> {
  const { rows, heads } = await db.transaction((tx) => readRows(tx, tables), {
    isolationLevel: "repeatable read",
    accessMode: "read only",
  });
  yield* rows;
  if (tables) return;
  const users = new Set(
    rows.filter((row) => row.table === "app_user").map((row) => (JSON.parse(row.json) as { id: string }).id),
  );
  for (const head of heads) {
    const document = sql`t.layer_id = ${head.layer_id} and t.epoch = ${head.epoch}`;
    // Someone who came later is not among the users above.
    for (const line of await selectRows(db, "client_owner", sql`${document} order by t.client_id`))
      if (users.has((JSON.parse(line.json) as { user_id: string }).user_id)) yield line;
    if (snapshots) {
      const until = sql`${document} and t.sequence <= ${head.sequence} order by t.sequence`;
      yield* await selectRows(db, "document_snapshots", until);
    }
    yield* exportUpdates(db, head);
  }
}

async function readRows(
  tx: Database,
  only: readonly string[] | undefined,
): Promise<{ rows: RowLine[]; heads: Head[] }> {
  const names = rowsOf<{ name: string }>(
    await tx.execute(sql`
      select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname = current_schema()
      order by c.relname <> 'schema_migration', c.relname`),
  ).map((row) => row.name);
  const rows: RowLine[] = [];
  for (const name of names.filter((name) => (only ? only.includes(name) : !LOG_TABLES.has(name))))
    for (const row of await selectRows(tx, name)) rows.push(row);
  // Updates without a head should not exist; whoever looks for faults must see them.
  const heads = rowsOf<Head>(
    await tx.execute(sql`
      select layer_id, epoch, max(sequence) as sequence from (
        select layer_id, epoch, sequence from document_head
        union all
        select layer_id, epoch, max(sequence) from document_updates u
        where not exists (select from document_head h where h.layer_id = u.layer_id and h.epoch = u.epoch)
        group by layer_id, epoch
      ) both_kinds group by layer_id, epoch order by layer_id, epoch`),
  );
  return { rows, heads };
}

async function selectRows(db: Database, table: string, where?: SQL): Promise<RowLine[]> {
  const condition = where ? sql`where ${where}` : sql``;
  const rows = rowsOf<{ json: string }>(
    await db.execute(sql`select row_to_json(t)::text as json from ${sql.identifier(table)} t ${condition}`),
  );
  return rows.map(({ json }) => ({ table, json }));
}

async function* exportUpdates(db: Database, head: Head): AsyncGenerator<RowLine> {
  let after = 0;
  for (;;) {
    const page = rowsOf<{ json: string; sequence: string | number }>(
      await db.execute(sql`
        select (to_jsonb(t) - 'bytes_before')::text as json, t.sequence from (
          select u.*, sum(octet_length(u.bytes)) over (order by u.sequence) - octet_length(u.bytes) as bytes_before
          from (
            select * from document_updates
            where layer_id = ${head.layer_id} and epoch = ${head.epoch}
              and sequence > ${after} and sequence <= ${head.sequence}
            order by sequence limit ${PAGE_ROWS}
          ) u
        ) t where t.bytes_before < ${PAGE_BYTES} order by t.sequence`),
    );
    if (page.length === 0) return;
    for (const { json } of page) yield { table: "document_updates", json };
    after = Number(page.at(-1)!.sequence);
  }
}
