/**
 * The rows that the server keeps in SQL, as HTTP and the presence room's EVENT frames give them.
 * `revision` counts the changes of a row: a change sends the revision it was made on.
 * Times are ISO 8601 strings, colours `#rrggbb`.
 */

export interface User {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly guest: boolean;
}

export interface ServerInfo {
  readonly version: string;
  /** True when strangers need the secret of the join link to get a guest session. */
  readonly joinKeyRequired: boolean;
}

export interface SessionInfo {
  readonly user: User;
  readonly server: ServerInfo;
}

export interface ProjectRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly revision: number;
}

export interface ImageRow {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  /** What the page opens: absolute, or relative to the site. */
  readonly url: string;
  readonly source: "remote" | "local" | "demo";
  readonly createdAt: string;
  readonly revision: number;
}

export interface LayerRow {
  readonly id: string;
  readonly imageId: string;
  readonly name: string;
  /** Order among the image's layers; smaller is nearer to the top of the list. */
  readonly position: number;
  readonly locked: boolean;
  readonly epoch: number;
  /** Name of the live document's room: `e<epoch>/<imageId>/<layerId>`. */
  readonly room: string;
  readonly createdBy: string;
  readonly revision: number;
}

export interface ClassRow {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly color: string;
  readonly position: number;
  readonly description: string;
  readonly revision: number;
}
