import { and, asc, eq, getTableColumns, isNotNull, isNull, sql } from "drizzle-orm";
import { toViewRow, type ViewRow, type ViewState } from "./display-rows.ts";
import { newId } from "./ids.ts";
import { notFound, refuseRevision } from "./rows.ts";
import { image, project, savedView } from "./schema.ts";
import type { Database } from "./store.ts";

const live = isNull(savedView.deletedAt);

// Everything but the picture, which is only read when it is asked for.
const { thumbnail, deletedAt, ...small } = getTableColumns(savedView);
const columns = { ...small, hasThumbnail: sql<boolean>`${isNotNull(thumbnail)}` };

export async function listViews(db: Database, imageId: string): Promise<ViewRow[]> {
  const rows = await db
    .select(columns)
    .from(savedView)
    .where(and(eq(savedView.imageId, imageId), live))
    .orderBy(asc(savedView.createdAt), asc(savedView.id));
  return rows.map(toViewRow);
}

/** A view with the workspace that decides about it. Throws "not-found". */
export async function locateView(db: Database, id: string): Promise<{ row: ViewRow; workspaceId: string }> {
  const [found] = await db
    .select({ view: columns, workspaceId: project.workspaceId })
    .from(savedView)
    .innerJoin(image, eq(image.id, savedView.imageId))
    .innerJoin(project, eq(project.id, image.projectId))
    .where(and(eq(savedView.id, id), live, isNull(image.deletedAt)))
    .limit(1);
  if (!found) throw notFound("view", id);
  return { row: toViewRow(found.view), workspaceId: found.workspaceId };
}

/** The WebP file of a view; null without one. */
export async function readThumbnail(db: Database, id: string): Promise<Uint8Array | null> {
  const [found] = await db
    .select({ bytes: savedView.thumbnail })
    .from(savedView)
    .where(and(eq(savedView.id, id), live))
    .limit(1);
  return found?.bytes ?? null;
}

export async function createView(
  db: Database,
  fields: {
    imageId: string;
    name: string;
    state: ViewState;
    thumbnail: Uint8Array | null;
    createdBy: string;
  },
): Promise<ViewRow> {
  const [row] = await db
    .insert(savedView)
    .values({ ...fields, id: newId() })
    .returning(columns);
  return toViewRow(row!);
}

export interface ViewChange {
  name?: string | undefined;
  state?: ViewState | undefined;
  /** null takes the picture away, undefined leaves it. */
  thumbnail?: Uint8Array | null | undefined;
  revision: number;
}

/** Throws "not-found", "revision-conflict". */
export async function updateView(db: Database, id: string, change: ViewChange): Promise<ViewRow> {
  const { revision, ...rest } = change;
  const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const [row] = await db
    .update(savedView)
    .set({ ...fields, revision: sql`${savedView.revision} + 1` })
    .where(and(eq(savedView.id, id), live, eq(savedView.revision, revision)))
    .returning(columns);
  return row ? toViewRow(row) : refuseRevision("view", revision, (await locateView(db, id)).row);
}

/** Hides it. Throws "not-found", "revision-conflict". */
export async function deleteView(db: Database, id: string, revision: number): Promise<ViewRow> {
  const [row] = await db
    .update(savedView)
    .set({ revision: sql`${savedView.revision} + 1`, deletedAt: sql`now()` })
    .where(and(eq(savedView.id, id), live, eq(savedView.revision, revision)))
    .returning(columns);
  return row ? toViewRow(row) : refuseRevision("view", revision, (await locateView(db, id)).row);
}
