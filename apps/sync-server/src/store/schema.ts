import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import type { ClassAttribute } from "./class-attributes.ts";
import type { ConnectionDetails } from "./connections.ts";
import type { PresetChannel, ViewState } from "./display-rows.ts";

/**
 * The tables as Drizzle sees them. The truth is migrations/*.sql: a change starts there.
 * Ids are opaque text. `revision` starts at 1 and grows with every change of the row.
 * Nothing a person made is deleted: `deletedAt` hides it.
 */

/** What is known of an image without opening it. Sizes in px of the full-resolution level. */
export interface ImageSummary {
  width: number;
  height: number;
  sizeZ: number;
  sizeT: number;
  channels: number;
  rgb: boolean;
  dtype: string;
  /** Micrometres a pixel; null where the file does not say. */
  micrometres: number | null;
}

const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => "bytea",
  toDriver: (value) => value,
  // node-postgres gives a Buffer, PGlite a Uint8Array; nobody above should see the difference.
  fromDriver: (value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
});

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const workspace = pgTable("workspace", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  revision: integer("revision").notNull().default(1),
  createdAt: time("created_at").notNull().defaultNow(),
});

export const appUser = pgTable("app_user", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  color: text("color").notNull(),
  guest: boolean("guest").notNull(),
  createdAt: time("created_at").notNull().defaultNow(),
});

export const member = pgTable(
  "member",
  {
    workspaceId: text("workspace_id").notNull(),
    userId: text("user_id").notNull(),
    role: text("role", { enum: ["owner", "editor", "annotator", "viewer"] }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.userId] })],
);

/** `id` is the SHA-256 of the token in the cookie, in hex: the table holds no usable credential. */
export const session = pgTable("session", {
  id: text("id").primaryKey(),
  userId: text("user_id").notNull(),
  expiresAt: time("expires_at").notNull(),
});

export const project = pgTable("project", {
  id: text("id").primaryKey(),
  workspaceId: text("workspace_id").notNull(),
  name: text("name").notNull(),
  revision: integer("revision").notNull().default(1),
  createdAt: time("created_at").notNull().defaultNow(),
});

export const image = pgTable(
  "image",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id").notNull(),
    name: text("name").notNull(),
    url: text("url").notNull(),
    source: text("source", { enum: ["remote", "local", "demo"] }).notNull(),
    /** What the address holds: an image, or several (then a page lists them and adds members). */
    kind: text("kind", { enum: ["image", "series", "plate"] })
      .notNull()
      .default("image"),
    /** The series or plate that the image lies in, and where in it. */
    collectionId: text("collection_id"),
    path: text("path").notNull().default(""),
    summary: jsonb("summary").$type<ImageSummary>(),
    /** Who asks a remote address for pixels: the page, or this server for it. */
    via: text("via", { enum: ["direct", "server"] })
      .notNull()
      .default("direct"),
    /** Absolute folder behind /data/images/<id>/; only the command line and --images set it. */
    folder: text("folder"),
    createdBy: text("created_by"),
    createdAt: time("created_at").notNull().defaultNow(),
    revision: integer("revision").notNull().default(1),
    deletedAt: time("deleted_at"),
  },
  (t) => [index("image_project").on(t.projectId)],
);

/** A small picture of an image, drawn by the first page that had it open. */
export const imagePreview = pgTable("image_preview", {
  imageId: text("image_id").primaryKey(),
  /** JPEG, WebP or PNG. */
  bytes: bytea("bytes").notNull(),
  version: integer("version").notNull().default(1),
});

export const layer = pgTable(
  "layer",
  {
    id: text("id").primaryKey(),
    imageId: text("image_id").notNull(),
    name: text("name").notNull(),
    position: integer("position").notNull(),
    locked: boolean("locked").notNull().default(false),
    /** Generation of the live document; part of the room's name. */
    epoch: integer("epoch").notNull().default(1),
    createdBy: text("created_by"),
    createdAt: time("created_at").notNull().defaultNow(),
    revision: integer("revision").notNull().default(1),
    deletedAt: time("deleted_at"),
  },
  (t) => [index("layer_image").on(t.imageId)],
);

export const annotationClass = pgTable(
  "class",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id").notNull(),
    name: text("name").notNull(),
    color: text("color").notNull(),
    position: integer("position").notNull(),
    description: text("description").notNull().default(""),
    ontologyIri: text("ontology_iri").notNull().default(""),
    synonyms: jsonb("synonyms").$type<string[]>().notNull().default([]),
    attributes: jsonb("attributes").$type<ClassAttribute[]>().notNull().default([]),
    createdAt: time("created_at").notNull().defaultNow(),
    revision: integer("revision").notNull().default(1),
    deletedAt: time("deleted_at"),
  },
  (t) => [index("class_project").on(t.projectId)],
);

/** A camera and display settings under a name, for everyone at the image. */
export const savedView = pgTable(
  "saved_view",
  {
    id: text("id").primaryKey(),
    imageId: text("image_id").notNull(),
    name: text("name").notNull(),
    state: jsonb("state").$type<ViewState>().notNull(),
    /** WebP, small. */
    thumbnail: bytea("thumbnail"),
    createdBy: text("created_by"),
    createdAt: time("created_at").notNull().defaultNow(),
    revision: integer("revision").notNull().default(1),
    deletedAt: time("deleted_at"),
  },
  (t) => [index("saved_view_image").on(t.imageId)],
);

/** Channel settings under a name, for every image of the project with such channels. */
export const channelPreset = pgTable(
  "channel_preset",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id").notNull(),
    name: text("name").notNull(),
    channels: jsonb("channels").$type<PresetChannel[]>().notNull(),
    createdBy: text("created_by"),
    createdAt: time("created_at").notNull().defaultNow(),
    revision: integer("revision").notNull().default(1),
    deletedAt: time("deleted_at"),
  },
  (t) => [index("channel_preset_project").on(t.projectId)],
);

/** The last sequence handed out for one generation of a layer's document. */
export const documentHead = pgTable(
  "document_head",
  {
    layerId: text("layer_id").notNull(),
    epoch: integer("epoch").notNull(),
    sequence: bigint("sequence", { mode: "number" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.layerId, t.epoch] })],
);

/** The log: every accepted Yjs V1 update, in the order in which it was applied. Rows stay. */
export const documentUpdate = pgTable(
  "document_updates",
  {
    layerId: text("layer_id").notNull(),
    epoch: integer("epoch").notNull(),
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    bytes: bytea("bytes").notNull(),
    userId: text("user_id").notNull(),
    /** Yjs client ids with new structs in it; empty for deletions alone. 53 bits. */
    clientIds: bigint("client_ids", { mode: "number" }).array().notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    /** First 16 bytes of the SHA-256 of `bytes`; null in rows older than the column. */
    hash: bytea("hash"),
  },
  (t) => [
    primaryKey({ columns: [t.layerId, t.epoch, t.sequence] }),
    index("document_updates_by_user").on(t.userId),
  ],
);

/** Merged state of everything up to and including `sequence`. */
export const documentSnapshot = pgTable(
  "document_snapshots",
  {
    layerId: text("layer_id").notNull(),
    epoch: integer("epoch").notNull(),
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    /** Here, or as a blob under the key `blob`, which ends with the bytes' SHA-256. */
    bytes: bytea("bytes"),
    blob: text("blob"),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.layerId, t.epoch, t.sequence] })],
);

/** Who may write new structs under a Yjs client id. */
export const clientOwner = pgTable(
  "client_owner",
  {
    layerId: text("layer_id").notNull(),
    epoch: integer("epoch").notNull(),
    clientId: bigint("client_id", { mode: "number" }).notNull(),
    userId: text("user_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.layerId, t.epoch, t.clientId] }),
    index("client_owner_by_user").on(t.userId),
  ],
);

/** Credentials that the server sends to addresses under `prefix`, sealed with a key that is not in the database. */
export const connection = pgTable("connection", {
  id: text("id").primaryKey(),
  workspaceId: text("workspace_id").notNull(),
  name: text("name").notNull(),
  prefix: text("prefix").notNull(),
  kind: text("kind", { enum: ["headers", "s3"] }).notNull(),
  details: jsonb("details").$type<ConnectionDetails>().notNull(),
  sealed: bytea("sealed").notNull(),
  createdBy: text("created_by"),
  createdAt: time("created_at").notNull().defaultNow(),
});

export const setting = pgTable("setting", {
  key: text("key").primaryKey(),
  value: jsonb("value").notNull(),
});
