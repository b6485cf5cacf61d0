/** Rows as the server sends them (`/api/docs`). `revision` goes back with every change; times are ISO strings. */

export interface User {
  readonly id: string;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  readonly guest: boolean;
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
  /** What the page opens: absolute or relative to the site. */
  readonly url: string;
  readonly source: "remote" | "local" | "demo";
  readonly createdAt: string;
  readonly revision: number;
}

export interface LayerRow {
  readonly id: string;
  readonly imageId: string;
  readonly name: string;
  readonly position: number;
  readonly locked: boolean;
  readonly epoch: number;
  /** Name of the layer's live room, `e<epoch>/<imageId>/<layerId>`. */
  readonly room: string;
  readonly createdBy: string;
  readonly revision: number;
}

export interface ClassRow {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  readonly position: number;
  readonly description: string;
  readonly revision: number;
}
