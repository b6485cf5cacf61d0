import { ServerError } from "../errors.ts";
import type { PresetRow, ViewRow } from "./display-rows.ts";
import type { annotationClass, image, layer, project } from "./schema.ts";

/** Rows as HTTP and live events carry them. Times are ISO strings. */
export interface ProjectRow {
  id: string;
  workspaceId: string;
  name: string;
  revision: number;
}

export type ImageKind = "remote" | "local" | "demo";

export interface ImageRow {
  id: string;
  projectId: string;
  name: string;
  /** What a page opens: absolute, or relative to the site. */
  url: string;
  source: ImageKind;
  createdAt: string;
  revision: number;
}

export interface LayerRow {
  id: string;
  imageId: string;
  name: string;
  position: number;
  locked: boolean;
  epoch: number;
  /** Name of the live room: `e<epoch>/<imageId>/<layerId>`. */
  room: string;
  createdBy: string;
  revision: number;
}

export interface ClassRow {
  id: string;
  projectId: string;
  name: string;
  /** `#rrggbb` */
  color: string;
  position: number;
  description: string;
  revision: number;
}

/** What is announced on an image's presence room after a row changed. */
export type RowEvent =
  | { t: "rows"; table: "image"; op: "put" | "delete"; row: ImageRow }
  | { t: "rows"; table: "layer"; op: "put" | "delete"; row: LayerRow }
  | { t: "rows"; table: "class"; op: "put" | "delete"; row: ClassRow }
  | { t: "rows"; table: "view"; op: "put" | "delete"; row: ViewRow }
  | { t: "rows"; table: "preset"; op: "put" | "delete"; row: PresetRow }
  | { t: "rows"; table: "project"; op: "put" | "delete"; row: ProjectRow };

export function toProjectRow(row: typeof project.$inferSelect): ProjectRow {
  return { id: row.id, workspaceId: row.workspaceId, name: row.name, revision: row.revision };
}

export function toImageRow(row: typeof image.$inferSelect): ImageRow {
  return {
    id: row.id,
    projectId: row.projectId,
    name: row.name,
    url: row.url,
    source: row.source,
    createdAt: row.createdAt.toISOString(),
    revision: row.revision,
  };
}

export function toLayerRow(row: typeof layer.$inferSelect): LayerRow {
  return {
    id: row.id,
    imageId: row.imageId,
    name: row.name,
    position: row.position,
    locked: row.locked,
    epoch: row.epoch,
    room: `e${row.epoch}/${row.imageId}/${row.id}`,
    createdBy: row.createdBy ?? "",
    revision: row.revision,
  };
}

export function toClassRow(row: typeof annotationClass.$inferSelect): ClassRow {
  return {
    id: row.id,
    projectId: row.projectId,
    name: row.name,
    color: row.color,
    position: row.position,
    description: row.description,
    revision: row.revision,
  };
}

/** Throws the refusal for a change that was made to an older revision than the current row's. */
export function refuseRevision(what: string, sent: number, current: { revision: number }): never {
  throw new ServerError(
    "revision-conflict",
    `Someone changed this ${what} meanwhile: it is at revision ${current.revision}, the change was made to ${sent}.`,
    { next: "Look at the current state and make the change again.", details: { current } },
  );
}

export function notFound(what: string, id: string): ServerError {
  return new ServerError("not-found", `There is no ${what} "${id}".`, {
    next: "It may have been deleted; reload the list.",
  });
}

/** New positions after moving `id` to index `to`, for those that change. */
export function moveTo(
  ordered: readonly { id: string; position: number }[],
  id: string,
  to: number,
): { id: string; position: number }[] {
  const ids = ordered.map((row) => row.id).filter((other) => other !== id);
  ids.splice(Math.max(0, Math.min(to, ids.length)), 0, id);
  const before = new Map(ordered.map((row) => [row.id, row.position]));
  return ids
    .map((rowId, position) => ({ id: rowId, position }))
    .filter((r) => before.get(r.id) !== r.position);
}
