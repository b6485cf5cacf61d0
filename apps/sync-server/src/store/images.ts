import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { newId } from "./ids.ts";
import { type ImageKind, type ImageRow, notFound, refuseRevision, toImageRow } from "./rows.ts";
import { image, layer } from "./schema.ts";
import type { Database } from "./store.ts";

export interface NewImage {
  id?: string;
  projectId: string;
  name: string;
  url: string;
  source: ImageKind;
  folder?: string | null;
  createdBy?: string | null;
}

const live = isNull(image.deletedAt);

export async function listImages(db: Database): Promise<ImageRow[]> {
  const rows = await db.select().from(image).where(live).orderBy(asc(image.createdAt), asc(image.id));
  return rows.map(toImageRow);
}

export async function getImage(db: Database, id: string): Promise<ImageRow> {
  return toImageRow(await find(db, id));
}

/** The image that was registered for this folder, deleted or not. */
export async function findImageByFolder(
  db: Database,
  folder: string,
): Promise<{ id: string; deleted: boolean } | null> {
  const [row] = await db
    .select({ id: image.id, deletedAt: image.deletedAt })
    .from(image)
    .where(eq(image.folder, folder))
    .limit(1);
  return row ? { id: row.id, deleted: row.deletedAt !== null } : null;
}

/** Every image starts with one layer, so that whoever opens it can draw at once. */
export async function createImage(db: Database, fields: NewImage): Promise<ImageRow> {
  const id = fields.id ?? newId();
  return db.transaction(async (tx) => {
    const [row] = await tx
      .insert(image)
      .values({ ...fields, id })
      .returning();
    await tx.insert(layer).values({
      id: newId(),
      imageId: id,
      name: "Annotations",
      position: 0,
      createdBy: fields.createdBy ?? null,
    });
    return toImageRow(row!);
  });
}

export async function updateImage(
  db: Database,
  id: string,
  change: { name?: string | undefined; revision: number },
): Promise<ImageRow> {
  const [row] = await db
    .update(image)
    .set({
      revision: sql`${image.revision} + 1`,
      ...(change.name === undefined ? {} : { name: change.name }),
    })
    .where(and(eq(image.id, id), live, eq(image.revision, change.revision)))
    .returning();
  return row ? toImageRow(row) : refuseRevision("image", change.revision, await getImage(db, id));
}

/** Hides the image and its layers; annotations stay in the database. */
export async function deleteImage(db: Database, id: string, revision: number): Promise<ImageRow> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(image)
      .set({ revision: sql`${image.revision} + 1`, deletedAt: sql`now()` })
      .where(and(eq(image.id, id), live, eq(image.revision, revision)))
      .returning();
    if (!row) refuseRevision("image", revision, await getImage(tx, id));
    await tx
      .update(layer)
      .set({ deletedAt: sql`now()`, revision: sql`${layer.revision} + 1` })
      .where(and(eq(layer.imageId, id), isNull(layer.deletedAt)));
    return toImageRow(row);
  });
}

async function find(db: Database, id: string): Promise<typeof image.$inferSelect> {
  const [row] = await db
    .select()
    .from(image)
    .where(and(eq(image.id, id), live))
    .limit(1);
  if (!row) throw notFound("image", id);
  return row;
}
