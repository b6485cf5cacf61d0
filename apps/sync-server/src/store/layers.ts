import { and, asc, count, eq, isNull, max, sql } from "drizzle-orm";
import { ServerError } from "../errors.ts";
import { newId } from "./ids.ts";
import { type LayerRow, moveTo, notFound, refuseRevision, toLayerRow } from "./rows.ts";
import { image, layer } from "./schema.ts";
import type { Database } from "./store.ts";

const live = isNull(layer.deletedAt);

/**
 * Layers of one image. Everybody who opens it joins them all, and a socket takes 200 documents: somebody with an older
 * page still sees what is added while others are deleted.
 */
export const MAX_LAYERS = 190;

export async function listLayers(db: Database, imageId: string): Promise<LayerRow[]> {
  const rows = await db
    .select()
    .from(layer)
    .where(and(eq(layer.imageId, imageId), live))
    .orderBy(asc(layer.position), asc(layer.createdAt), asc(layer.id));
  return rows.map(toLayerRow);
}

export async function listProjectLayers(db: Database, projectId: string): Promise<LayerRow[]> {
  const rows = await db
    .select({ layer })
    .from(layer)
    .innerJoin(image, eq(image.id, layer.imageId))
    .where(and(eq(image.projectId, projectId), isNull(image.deletedAt), live));
  return rows.map((row) => toLayerRow(row.layer));
}

export async function getLayer(db: Database, id: string): Promise<LayerRow> {
  const [row] = await db
    .select()
    .from(layer)
    .where(and(eq(layer.id, id), live))
    .limit(1);
  if (!row) throw notFound("layer", id);
  return toLayerRow(row);
}

/** Throws "too-many-layers". */
export async function createLayer(
  db: Database,
  fields: { imageId: string; name: string; createdBy: string },
): Promise<LayerRow> {
  return db.transaction(async (tx) => {
    // Two at once would both count what is there before either.
    await tx.select({ id: image.id }).from(image).where(eq(image.id, fields.imageId)).for("no key update");
    const [before] = await tx
      .select({ count: count(), last: max(layer.position) })
      .from(layer)
      .where(and(eq(layer.imageId, fields.imageId), live));
    if (before!.count >= MAX_LAYERS)
      throw new ServerError("too-many-layers", `An image has at most ${MAX_LAYERS} layers.`, {
        next: "Delete layers that nobody needs, or go on in one of them.",
      });
    const [row] = await tx
      .insert(layer)
      .values({ ...fields, id: newId(), position: (before!.last ?? -1) + 1 })
      .returning();
    return toLayerRow(row!);
  });
}

export interface LayerChange {
  name?: string | undefined;
  locked?: boolean | undefined;
  /** Index among the image's layers, 0 first. */
  order?: number | undefined;
  revision: number;
}

/** Returns every row that changed, the addressed one first: moving one renumbers its neighbours. */
export async function updateLayer(db: Database, id: string, change: LayerChange): Promise<LayerRow[]> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(layer)
      .set({
        revision: sql`${layer.revision} + 1`,
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.locked === undefined ? {} : { locked: change.locked }),
      })
      .where(and(eq(layer.id, id), live, eq(layer.revision, change.revision)))
      .returning();
    if (!row) refuseRevision("layer", change.revision, await getLayer(tx, id));
    if (change.order === undefined) return [toLayerRow(row)];
    const moved = moveTo(await listLayers(tx, row.imageId), id, change.order);
    let own = toLayerRow(row);
    const others: LayerRow[] = [];
    for (const { id: movedId, position } of moved) {
      const revision = movedId === id ? row.revision : sql`${layer.revision} + 1`;
      const [changed] = await tx
        .update(layer)
        .set({ position, revision })
        .where(eq(layer.id, movedId))
        .returning();
      if (movedId === id) own = toLayerRow(changed!);
      else others.push(toLayerRow(changed!));
    }
    return [own, ...others];
  });
}

/** Hides the layer; its annotations stay in the database. */
export async function deleteLayer(db: Database, id: string, revision: number): Promise<LayerRow> {
  const [row] = await db
    .update(layer)
    .set({ revision: sql`${layer.revision} + 1`, deletedAt: sql`now()` })
    .where(and(eq(layer.id, id), live, eq(layer.revision, revision)))
    .returning();
  return row ? toLayerRow(row) : refuseRevision("layer", revision, await getLayer(db, id));
}
