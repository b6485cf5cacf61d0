import { and, asc, eq, isNull, max, sql } from "drizzle-orm";
import type { ClassAttribute } from "./class-attributes.ts";
import { newId } from "./ids.ts";
import { type ClassRow, moveTo, notFound, refuseRevision, toClassRow } from "./rows.ts";
import { annotationClass } from "./schema.ts";
import type { Database } from "./store.ts";

const live = isNull(annotationClass.deletedAt);

export async function listClasses(db: Database, projectId: string): Promise<ClassRow[]> {
  const rows = await db
    .select()
    .from(annotationClass)
    .where(and(eq(annotationClass.projectId, projectId), live))
    .orderBy(asc(annotationClass.position), asc(annotationClass.createdAt), asc(annotationClass.id));
  return rows.map(toClassRow);
}

export async function getClass(db: Database, id: string): Promise<ClassRow> {
  const [row] = await db
    .select()
    .from(annotationClass)
    .where(and(eq(annotationClass.id, id), live))
    .limit(1);
  if (!row) throw notFound("class", id);
  return toClassRow(row);
}

/** What a class says of itself beside its name and colour; left out: as it is, or empty in a new one. */
export interface ClassDetails {
  description?: string | undefined;
  ontologyIri?: string | undefined;
  synonyms?: string[] | undefined;
  attributes?: ClassAttribute[] | undefined;
}

export async function createClass(
  db: Database,
  fields: ClassDetails & { projectId: string; name: string; color: string },
): Promise<ClassRow> {
  return db.transaction(async (tx) => {
    const [last] = await tx
      .select({ position: max(annotationClass.position) })
      .from(annotationClass)
      .where(and(eq(annotationClass.projectId, fields.projectId), live));
    const [row] = await tx
      .insert(annotationClass)
      .values({
        id: newId(),
        projectId: fields.projectId,
        name: fields.name,
        color: fields.color,
        description: fields.description ?? "",
        ontologyIri: fields.ontologyIri ?? "",
        synonyms: fields.synonyms ?? [],
        attributes: fields.attributes ?? [],
        position: (last?.position ?? -1) + 1,
      })
      .returning();
    return toClassRow(row!);
  });
}

export interface ClassChange extends ClassDetails {
  name?: string | undefined;
  color?: string | undefined;
  /** Index among the project's classes, 0 first. */
  position?: number | undefined;
  revision: number;
}

/** Returns every row that changed, the addressed one first. */
export async function updateClass(db: Database, id: string, change: ClassChange): Promise<ClassRow[]> {
  const { position, revision: sent, ...rest } = change;
  const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(annotationClass)
      .set({ ...fields, revision: sql`${annotationClass.revision} + 1` })
      .where(and(eq(annotationClass.id, id), live, eq(annotationClass.revision, sent)))
      .returning();
    if (!row) refuseRevision("class", sent, await getClass(tx, id));
    if (position === undefined) return [toClassRow(row)];
    let own = toClassRow(row);
    const others: ClassRow[] = [];
    for (const moved of moveTo(await listClasses(tx, row.projectId), id, position)) {
      const revision = moved.id === id ? row.revision : sql`${annotationClass.revision} + 1`;
      const [changed] = await tx
        .update(annotationClass)
        .set({ position: moved.position, revision })
        .where(eq(annotationClass.id, moved.id))
        .returning();
      if (moved.id === id) own = toClassRow(changed!);
      else others.push(toClassRow(changed!));
    }
    return [own, ...others];
  });
}

export async function deleteClass(db: Database, id: string, revision: number): Promise<ClassRow> {
  const [row] = await db
    .update(annotationClass)
    .set({ revision: sql`${annotationClass.revision} + 1`, deletedAt: sql`now()` })
    .where(and(eq(annotationClass.id, id), live, eq(annotationClass.revision, revision)))
    .returning();
  return row ? toClassRow(row) : refuseRevision("class", revision, await getClass(db, id));
}
