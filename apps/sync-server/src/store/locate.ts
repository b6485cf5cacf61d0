import { and, eq, isNull } from "drizzle-orm";
import { imageColumns } from "./images.ts";
import {
  type ClassRow,
  type ImageRow,
  type LayerRow,
  notFound,
  type ProjectRow,
  toClassRow,
  toImageRow,
  toLayerRow,
  toProjectRow,
} from "./rows.ts";
import { annotationClass, appUser, image, imagePreview, layer, project } from "./schema.ts";
import type { Database } from "./store.ts";

// A row together with the workspace that decides about it, in one query. All throw "not-found".

export async function locateProject(
  db: Database,
  id: string,
): Promise<{ row: ProjectRow; workspaceId: string }> {
  const [found] = await db.select().from(project).where(eq(project.id, id)).limit(1);
  if (!found) throw notFound("project", id);
  return { row: toProjectRow(found), workspaceId: found.workspaceId };
}

export async function locateImage(
  db: Database,
  id: string,
): Promise<{ row: ImageRow; address: string; folder: string | null; workspaceId: string }> {
  const [found] = await db
    .select({ ...imageColumns, workspaceId: project.workspaceId })
    .from(image)
    .innerJoin(project, eq(project.id, image.projectId))
    .leftJoin(appUser, eq(appUser.id, image.createdBy))
    .leftJoin(imagePreview, eq(imagePreview.imageId, image.id))
    .where(and(eq(image.id, id), isNull(image.deletedAt)))
    .limit(1);
  if (!found) throw notFound("image", id);
  const { url: address, folder } = found.image;
  return { row: toImageRow(found), address, folder, workspaceId: found.workspaceId };
}

export async function locateLayer(
  db: Database,
  id: string,
): Promise<{ row: LayerRow; projectId: string; workspaceId: string }> {
  const [found] = await db
    .select({ layer, projectId: image.projectId, workspaceId: project.workspaceId })
    .from(layer)
    .innerJoin(image, eq(image.id, layer.imageId))
    .innerJoin(project, eq(project.id, image.projectId))
    .where(and(eq(layer.id, id), isNull(layer.deletedAt), isNull(image.deletedAt)))
    .limit(1);
  if (!found) throw notFound("layer", id);
  return { row: toLayerRow(found.layer), projectId: found.projectId, workspaceId: found.workspaceId };
}

export async function locateClass(db: Database, id: string): Promise<{ row: ClassRow; workspaceId: string }> {
  const [found] = await db
    .select({ class: annotationClass, workspaceId: project.workspaceId })
    .from(annotationClass)
    .innerJoin(project, eq(project.id, annotationClass.projectId))
    .where(and(eq(annotationClass.id, id), isNull(annotationClass.deletedAt)))
    .limit(1);
  if (!found) throw notFound("class", id);
  return { row: toClassRow(found.class), workspaceId: found.workspaceId };
}
