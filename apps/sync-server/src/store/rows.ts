import { ServerError } from "../errors.ts";
import { shownOrigin, sourceUrl } from "../images/origin.ts";
import type { ClassAttribute } from "./class-attributes.ts";
import type { PresetRow, ViewRow } from "./display-rows.ts";
import type { annotationClass, ImageSummary, image, layer, project } from "./schema.ts";

/** Rows as HTTP and live events carry them. Times are ISO strings. */
export interface ProjectRow {
  id: string;
  workspaceId: string;
  name: string;
  revision: number;
}

/** An image, or an address that holds several: a plate's wells and fields, or images side by side. */
export type ImageContent = "image" | "series" | "plate";

export type ImageKind = "remote" | "local" | "demo";

/** Who asks a remote address for pixels: the page itself, or this server for it. */
export type ImageVia = "direct" | "server";

export interface ImageRow {
  id: string;
  projectId: string;
  name: string;
  /** What a page opens: absolute, or relative to the site. */
  url: string;
  source: ImageKind;
  via: ImageVia;
  /** Where a remote image comes from, without what follows `?`; null for images of this server. */
  origin: string | null;
  kind: ImageContent;
  /** The series or plate that it lies in, null for one that stands alone; `path` says where. */
  collectionId: string | null;
  path: string;
  /** Known once a page had it open. */
  summary: ImageSummary | null;
  /** Address of a small picture on this site; null until a page has drawn one. */
  preview: string | null;
  /** Who added it; null for what the server found itself. */
  addedBy: { id: string; name: string } | null;
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
  /** A term of an ontology as an http(s) address, or empty. */
  ontologyIri: string;
  /** Other names, by which files and models may call it. */
  synonyms: string[];
  /** What annotations of this class say more, in the order of the form. */
  attributes: ClassAttribute[];
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

/** An image with what stands in other tables. */
export interface FoundImage {
  image: typeof image.$inferSelect;
  addedBy: string | null;
  preview: number | null;
}

export function toImageRow({ image: row, addedBy, preview }: FoundImage): ImageRow {
  return {
    id: row.id,
    projectId: row.projectId,
    name: row.name,
    url: row.via === "server" ? sourceUrl(row.id, row.url) : row.url,
    source: row.source,
    via: row.via,
    origin: /^https?:/.test(row.url) ? shownOrigin(row.url) : null,
    kind: row.kind,
    collectionId: row.collectionId,
    path: row.path,
    summary: row.summary,
    preview: preview === null ? null : `/api/images/${row.id}/preview?v=${preview}`,
    addedBy: row.createdBy === null ? null : { id: row.createdBy, name: addedBy ?? "" },
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
    ontologyIri: row.ontologyIri,
    synonyms: row.synonyms,
    attributes: row.attributes,
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
