import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./store.ts";

/** In one round: each is a parameter of a statement. The rest goes in the next. */
const MOST = 10_000;
/** What a guest has by coming in; everything else that names a user is something the guest made. */
const COMES_WITH_A_GUEST = new Set(["member"]);

/**
 * Deletes guests who have no session any more and left nothing: no annotation, layer, image, or whatever else refers
 * to a user. A day's grace for those who just signed out. Resolves to their number.
 */
export async function pruneGuests(db: Database): Promise<number> {
  return db.transaction(async (tx) => {
    const references = rowsOf<{ table: string; column: string }>(
      await tx.execute(sql`
        select c.conrelid::regclass::text as "table", a.attname as "column"
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confrelid = 'app_user'::regclass`),
    );
    const nothing: SQL[] = references
      .filter(({ table }) => !COMES_WITH_A_GUEST.has(table))
      .map(
        ({ table, column }) =>
          sql`not exists (select from ${sql.raw(table)} made where made.${sql.identifier(column)} = u.id)`,
      );
    const gone = rowsOf<{ id: string }>(
      await tx.execute(sql`
        select u.id from app_user u
        where u.guest and u.created_at < now() - interval '1 day' and ${sql.join(nothing, sql` and `)}
        limit ${MOST}`),
    ).map((row) => row.id);
    if (gone.length === 0) return 0;
    await tx.execute(sql`delete from member where user_id in ${gone}`);
    await tx.execute(sql`delete from app_user where id in ${gone}`);
    return gone.length;
  });
}

/** Rows of a statement that Drizzle does not know: both drivers answer with them in `rows`. */
export function rowsOf<Row>(result: unknown): Row[] {
  return (result as { rows: Row[] }).rows;
}
