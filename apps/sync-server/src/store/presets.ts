import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { type PresetChannel, type PresetRow, toPresetRow } from "./display-rows.ts";
import { newId } from "./ids.ts";
import { notFound, refuseRevision } from "./rows.ts";
import { channelPreset, project } from "./schema.ts";
import type { Database } from "./store.ts";

const live = isNull(channelPreset.deletedAt);

export async function listPresets(db: Database, projectId: string): Promise<PresetRow[]> {
  const rows = await db
    .select()
    .from(channelPreset)
    .where(and(eq(channelPreset.projectId, projectId), live))
    .orderBy(asc(channelPreset.createdAt), asc(channelPreset.id));
  return rows.map(toPresetRow);
}

/** A preset with the workspace that decides about it. Throws "not-found". */
export async function locatePreset(
  db: Database,
  id: string,
): Promise<{ row: PresetRow; workspaceId: string }> {
  const [found] = await db
    .select({ preset: channelPreset, workspaceId: project.workspaceId })
    .from(channelPreset)
    .innerJoin(project, eq(project.id, channelPreset.projectId))
    .where(and(eq(channelPreset.id, id), live))
    .limit(1);
  if (!found) throw notFound("preset", id);
  return { row: toPresetRow(found.preset), workspaceId: found.workspaceId };
}

export async function createPreset(
  db: Database,
  fields: { projectId: string; name: string; channels: PresetChannel[]; createdBy: string },
): Promise<PresetRow> {
  const [row] = await db
    .insert(channelPreset)
    .values({ ...fields, id: newId() })
    .returning();
  return toPresetRow(row!);
}

export interface PresetChange {
  name?: string | undefined;
  channels?: PresetChannel[] | undefined;
  revision: number;
}

/** Throws "not-found", "revision-conflict". */
export async function updatePreset(db: Database, id: string, change: PresetChange): Promise<PresetRow> {
  const { revision, ...rest } = change;
  const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const [row] = await db
    .update(channelPreset)
    .set({ ...fields, revision: sql`${channelPreset.revision} + 1` })
    .where(and(eq(channelPreset.id, id), live, eq(channelPreset.revision, revision)))
    .returning();
  return row ? toPresetRow(row) : refuseRevision("preset", revision, (await locatePreset(db, id)).row);
}

/** Hides it. Throws "not-found", "revision-conflict". */
export async function deletePreset(db: Database, id: string, revision: number): Promise<PresetRow> {
  const [row] = await db
    .update(channelPreset)
    .set({ revision: sql`${channelPreset.revision} + 1`, deletedAt: sql`now()` })
    .where(and(eq(channelPreset.id, id), live, eq(channelPreset.revision, revision)))
    .returning();
  return row ? toPresetRow(row) : refuseRevision("preset", revision, (await locatePreset(db, id)).row);
}
