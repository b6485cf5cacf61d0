import { and, asc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { newId } from "./ids.ts";
import {
  type ImageContent,
  type ImageKind,
  type ImageRow,
  type ImageVia,
  notFound,
  refuseRevision,
  toImageRow,
} from "./rows.ts";
import { appUser, type ImageSummary, image, imagePreview, layer } from "./schema.ts";
import type { Database } from "./store.ts";

export interface NewImage {
  id?: string;
  projectId: string;
  name: string;
  url: string;
  source: ImageKind;
  via?: ImageVia;
  kind?: ImageContent;
  collectionId?: string;
  path?: string;
  folder?: string | null;
  createdBy?: string | null;
}

const live = isNull(image.deletedAt);

/** What an `ImageRow` is made of; to be joined as `joined` below does. */
export const imageColumns = { image, addedBy: appUser.name, preview: imagePreview.version };

function selectImages(db: Database) {
  return db
    .select(imageColumns)
    .from(image)
    .leftJoin(appUser, eq(appUser.id, image.createdBy))
    .leftJoin(imagePreview, eq(imagePreview.imageId, image.id));
}

export async function listImages(db: Database): Promise<ImageRow[]> {
  const rows = await selectImages(db).where(live).orderBy(asc(image.createdAt), asc(image.id));
  return rows.map(toImageRow);
}

export async function getImage(db: Database, id: string): Promise<ImageRow> {
  const [row] = await selectImages(db)
    .where(and(eq(image.id, id), live))
    .limit(1);
  if (!row) throw notFound("image", id);
  return toImageRow(row);
}

/** The images of a series or plate that somebody has opened. */
export async function listMembers(db: Database, collectionId: string): Promise<ImageRow[]> {
  const rows = await selectImages(db).where(and(eq(image.collectionId, collectionId), live));
  return rows.map(toImageRow);
}

/** The member of a series or plate that lies there, if somebody has opened it before. */
async function findMember(db: Database, collectionId: string, path: string): Promise<ImageRow | null> {
  const [row] = await selectImages(db)
    .where(and(eq(image.collectionId, collectionId), eq(image.path, path), live))
    .limit(1);
  return row ? toImageRow(row) : null;
}

/**
 * The member of a series or plate at `path`, made when nobody has opened it before: two who open the same field
 * at once get the same image.
 */
export async function openMember(
  db: Database,
  collectionId: string,
  fields: { name: string; path: string; createdBy: string },
): Promise<{ row: ImageRow; isNew: boolean }> {
  const known = await findMember(db, collectionId, fields.path);
  if (known) return { row: known, isNew: false };
  const collection = await find(db, collectionId);
  try {
    const row = await createImage(db, {
      ...fields,
      projectId: collection.projectId,
      url: urlInside(collection.url, fields.path),
      source: collection.source,
      via: collection.via,
      collectionId,
    });
    return { row, isNew: true };
  } catch (error) {
    const faster = await findMember(db, collectionId, fields.path);
    if (faster) return { row: faster, isNew: false };
    throw error;
  }
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

/** Where the files of an image are, deleted or not; null without such an image. */
export async function findImageFolder(
  db: Database,
  id: string,
): Promise<{ id: string; folder: string | null } | null> {
  const [row] = await db
    .select({ id: image.id, folder: image.folder })
    .from(image)
    .where(eq(image.id, id))
    .limit(1);
  return row ?? null;
}

/** Its files lie somewhere else now. */
export async function moveImage(db: Database, id: string, folder: string): Promise<void> {
  await db.update(image).set({ folder }).where(eq(image.id, id));
}

/** Images that were deleted and had files on this machine. */
export function listDeletedFolders(db: Database): Promise<{ id: string; folder: string | null }[]> {
  return db
    .select({ id: image.id, folder: image.folder })
    .from(image)
    .where(and(isNotNull(image.deletedAt), isNotNull(image.folder)));
}

/** Every image starts with one layer, so that whoever opens it can draw at once. */
export async function createImage(db: Database, fields: NewImage): Promise<ImageRow> {
  const id = fields.id ?? newId();
  return db.transaction(async (tx) => {
    await tx.insert(image).values({ ...fields, id });
    await tx.insert(layer).values({
      id: newId(),
      imageId: id,
      name: "Annotations",
      position: 0,
      createdBy: fields.createdBy ?? null,
    });
    return getImage(tx, id);
  });
}

export async function updateImage(
  db: Database,
  id: string,
  change: {
    name?: string | undefined;
    kind?: ImageContent | undefined;
    via?: ImageVia | undefined;
    revision: number;
  },
): Promise<ImageRow> {
  const [row] = await db
    .update(image)
    .set({
      revision: sql`${image.revision} + 1`,
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.kind === undefined ? {} : { kind: change.kind }),
      ...(change.via === undefined ? {} : { via: change.via }),
    })
    .where(and(eq(image.id, id), live, eq(image.revision, change.revision)))
    .returning({ id: image.id });
  const now = await getImage(db, id);
  return row ? now : refuseRevision("image", change.revision, now);
}

/** Keeps what a page found out about an image. No new revision: it is no change that anybody made. */
export async function keepPreview(
  db: Database,
  id: string,
  { summary, picture }: { summary: ImageSummary; picture: Uint8Array },
): Promise<ImageRow> {
  await db.transaction(async (tx) => {
    await tx.update(image).set({ summary }).where(eq(image.id, id));
    await tx
      .insert(imagePreview)
      .values({ imageId: id, bytes: picture })
      .onConflictDoUpdate({
        target: imagePreview.imageId,
        set: { bytes: picture, version: sql`${imagePreview.version} + 1` },
      });
  });
  return getImage(db, id);
}

export async function getPreview(db: Database, id: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const [row] = await db
    .select({ bytes: imagePreview.bytes })
    .from(imagePreview)
    .where(eq(imagePreview.imageId, id))
    .limit(1);
  return row ? new Uint8Array(row.bytes) : null;
}

/**
 * Hides the image and its layers; annotations stay in the database. Members go with their plate or series, a
 * series goes with its last member.
 */
export async function deleteImage(db: Database, id: string, revision: number): Promise<ImageRow> {
  return db.transaction(async (tx) => {
    const row = await getImage(tx, id);
    if (row.revision !== revision) refuseRevision("image", revision, row);
    await hide(tx, id);
    const members = await tx
      .select({ id: image.id })
      .from(image)
      .where(and(eq(image.collectionId, id), live));
    for (const member of members) await hide(tx, member.id);
    if (row.collectionId !== null) await hideEmptySeries(tx, row.collectionId);
    return { ...row, revision: revision + 1 };
  });
}

async function hide(tx: Database, id: string): Promise<void> {
  await tx
    .update(image)
    .set({ revision: sql`${image.revision} + 1`, deletedAt: sql`now()` })
    .where(eq(image.id, id));
  await tx.delete(imagePreview).where(eq(imagePreview.imageId, id));
  await tx
    .update(layer)
    .set({ deletedAt: sql`now()`, revision: sql`${layer.revision} + 1` })
    .where(and(eq(layer.imageId, id), isNull(layer.deletedAt)));
}

/** A series is listed by its images alone: without one nobody could see it any more. */
async function hideEmptySeries(tx: Database, id: string): Promise<void> {
  const [left] = await tx
    .select({ id: image.id })
    .from(image)
    .where(and(eq(image.collectionId, id), live))
    .limit(1);
  const isSeries = and(eq(image.id, id), eq(image.kind, "series"), live);
  if (!left) await tx.update(image).set({ deletedAt: sql`now()` }).where(isSeries);
}

/** The address of a member: a folder below, or an image of a file (`#…`). */
function urlInside(url: string, path: string): string {
  const [bare = "", query] = url.replace(/#.*$/, "").split("?", 2);
  const search = query === undefined ? "" : `?${query}`;
  if (path.startsWith("#")) return `${bare}${search}${path}`;
  return `${bare.replace(/\/$/, "")}/${path}${search}`;
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
