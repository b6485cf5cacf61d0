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

/** What is known of an image without opening it. Sizes in px of the full-resolution level. */
export interface ImageSummary {
  readonly width: number;
  readonly height: number;
  readonly sizeZ: number;
  readonly sizeT: number;
  readonly channels: number;
  readonly rgb: boolean;
  readonly dtype: string;
  /** Micrometres a pixel; null where the file does not say. */
  readonly micrometres: number | null;
}

export interface ImageRow {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  /** What the page opens: absolute or relative to the site. */
  readonly url: string;
  readonly source: "remote" | "local" | "demo";
  /** Who asks the address for pixels: the page itself, or the server for it. */
  readonly via?: "direct" | "server";
  /** Where a remote image comes from, without what follows `?`; null for images of this server. */
  readonly origin?: string | null;
  /** What the address holds. Series and plates have no pixels of their own: their images are members. */
  readonly kind: "image" | "series" | "plate";
  /** The series or plate that it lies in, and where in it: `A/1/0`, or `#…` for an image of a file. */
  readonly collectionId: string | null;
  readonly path: string;
  /** Known once a page had it open. */
  readonly summary: ImageSummary | null;
  /** Address of a small picture on this site; null until a page has drawn one. */
  readonly preview: string | null;
  /** Who added it; null for what the server found itself. */
  readonly addedBy: { readonly id: string; readonly name: string } | null;
  readonly createdAt: string;
  readonly revision: number;
}

/** Credentials that the server sends to addresses under `prefix`; what is secret in them never comes back. */
export interface ConnectionRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly kind: "headers" | "s3";
  /** Names of the headers that are sent. */
  readonly headers?: readonly string[];
  readonly region?: string;
  readonly createdAt: string;
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

/** How one channel of a saved view or preset is shown; a window is in the image's own values. */
export interface SavedChannel {
  readonly visible: boolean;
  readonly min: number;
  readonly max: number;
  readonly gamma: number;
  /** `#rrggbb` */
  readonly color: string;
  readonly inverted?: boolean;
  /** Name of a colour map used instead of the colour. */
  readonly lut?: string | null;
}

/** A camera and display settings, with the window that they were seen in. */
export interface ViewState {
  /** Centre in px of the full-resolution level. */
  readonly cx: number;
  readonly cy: number;
  /** CSS px per image px. */
  readonly zoom: number;
  /** Degrees clockwise. */
  readonly rotation: number;
  readonly flip: boolean;
  /** Of the canvas, CSS px. */
  readonly width: number;
  readonly height: number;
  readonly z: number;
  readonly t: number;
  readonly projection: "max" | null;
  readonly channels: readonly SavedChannel[];
}

/** A view of an image under a name, for everyone there. */
export interface ViewRow {
  readonly id: string;
  readonly imageId: string;
  readonly name: string;
  readonly state: ViewState;
  /** True where the server has a picture of it. */
  readonly thumbnail: boolean;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly revision: number;
}

/** Channel settings under a name, for every image of the project with such channels. */
export interface PresetRow {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly channels: readonly (SavedChannel & { readonly name: string })[];
  readonly createdBy: string;
  readonly createdAt: string;
  readonly revision: number;
}

/** One question that every annotation of a class answers; `default` is proposed, and written only when set. */
export interface ClassAttribute {
  readonly name: string;
  readonly type: "text" | "number" | "select" | "checkbox";
  /** The choices of a `select`. */
  readonly options?: readonly string[];
  /** Of a `number`. */
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  readonly default?: string | number | boolean;
}

export interface ClassRow {
  readonly id: string;
  readonly projectId: string;
  /** `A: B` is derived from `A`. */
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  readonly position: number;
  readonly description: string;
  /** A term of an ontology as an http(s) address, or empty. */
  readonly ontologyIri: string;
  readonly synonyms: readonly string[];
  readonly attributes: readonly ClassAttribute[];
  readonly revision: number;
}
