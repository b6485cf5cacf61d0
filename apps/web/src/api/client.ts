import type {
  ClassRow,
  ConnectionRow,
  ImageRow,
  ImageSummary,
  LayerRow,
  PresetRow,
  ProjectRow,
  User,
  ViewRow,
} from "../state/rows.ts";
import { ApiError, errorFromBody } from "./errors.ts";

export interface ServerInfo {
  readonly version: string;
  /** True when strangers need the secret of the join link to get a guest session. */
  readonly joinKeyRequired: boolean;
}

export interface SessionInfo {
  readonly user: User;
  readonly server: ServerInfo;
}

export interface ApiOptions {
  /** Origin and prefix of the server without a slash at the end; the page's own origin by default. */
  baseUrl?: string;
  /** Sent as a bearer token; without one the session cookie is used. */
  token?: string;
  fetch?: typeof fetch;
}

export interface GuestRequest {
  name: string;
  /** `#rrggbb` */
  color: string;
  /** The secret of the join link, where the server asks for one. */
  key?: string | undefined;
}

/** What the server has on disk of a live document; `stateVector` is base64 of Yjs' own format. */
export interface DurableState {
  readonly room: string;
  readonly stateVector: string;
  readonly sequence: number;
}

export interface NewImage {
  readonly name: string;
  readonly url: string;
  readonly kind?: ImageRow["kind"];
  /** "server": the server reads it for the page. */
  readonly via?: "direct" | "server";
  readonly projectId?: string;
}

/** What the server finds at an address that the page cannot read itself. */
export interface LookAnswer {
  /** An image answered there. False with `allowed: false` means that nobody asked. */
  readonly reachable: boolean;
  readonly status: number | null;
  /** The page cannot read it and the server can. */
  readonly needsServer: boolean;
  /** Where the server passes it on to who asked, before it is added; with `needsServer`. */
  readonly through?: string;
  /** The operator lets the server fetch from there. */
  readonly allowed: boolean;
  /** What is in the way, and what to do about it. */
  readonly reason?: string;
  readonly next?: string;
  /** What the operator adds to the start of the server. */
  readonly setting?: string;
}

export type NewConnection = { readonly name: string; readonly prefix: string } & (
  | { readonly kind: "headers"; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly kind: "s3";
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
      readonly region?: string;
    }
);

type Change<Row, Field extends keyof Row> = Partial<Pick<Row, Field>> & { revision: number };

/** What deleting an image does to its files. */
export interface ImageFiles {
  /** They were imported or uploaded, and go with the image. */
  readonly own: boolean;
  /** What they take up; null where they stay, or are too many to count. */
  readonly bytes: number | null;
}

/** One method a route. All reject with ApiError and nothing else. */
export interface Api {
  startGuest(request: GuestRequest, signal?: AbortSignal): Promise<{ user: User; token: string }>;
  /** null when nobody is signed in. */
  session(signal?: AbortSignal): Promise<SessionInfo | null>;
  updateSession(change: { name?: string; color?: string }): Promise<{ user: User }>;
  endSession(): Promise<void>;
  /** Those that are known of at most 100 ids. */
  users(ids: readonly string[], signal?: AbortSignal): Promise<User[]>;
  projects(signal?: AbortSignal): Promise<ProjectRow[]>;
  images(signal?: AbortSignal): Promise<ImageRow[]>;
  image(id: string, signal?: AbortSignal): Promise<ImageRow>;
  addImage(image: NewImage): Promise<ImageRow>;
  /** The image at a path of a series or plate, made when nobody has opened it before. */
  openMember(collectionId: string, member: { name: string; path: string }): Promise<ImageRow>;
  /** Keeps a small picture for everybody; `picture` is base64 of a JPEG of at most 45 KB. */
  keepPreview(id: string, preview: { summary: ImageSummary; picture: string }): Promise<ImageRow>;
  updateImage(id: string, change: Change<ImageRow, "name" | "kind" | "via">): Promise<ImageRow>;
  lookAtAddress(url: string, signal?: AbortSignal): Promise<LookAnswer>;
  connections(signal?: AbortSignal): Promise<ConnectionRow[]>;
  addConnection(connection: NewConnection): Promise<ConnectionRow>;
  deleteConnection(id: string): Promise<void>;
  /** What deleting it does to its files. */
  imageFiles(id: string, signal?: AbortSignal): Promise<ImageFiles>;
  deleteImage(id: string, revision: number): Promise<void>;
  layers(imageId: string, signal?: AbortSignal): Promise<LayerRow[]>;
  addLayer(imageId: string, layer: { name: string }): Promise<LayerRow>;
  updateLayer(
    id: string,
    change: { name?: string; order?: number; locked?: boolean; revision: number },
  ): Promise<LayerRow>;
  deleteLayer(id: string, revision: number): Promise<void>;
  classes(projectId: string, signal?: AbortSignal): Promise<ClassRow[]>;
  addClass(projectId: string, row: { name: string; color: string; description?: string }): Promise<ClassRow>;
  updateClass(
    id: string,
    change: Change<
      ClassRow,
      "name" | "color" | "position" | "description" | "ontologyIri" | "synonyms" | "attributes"
    >,
  ): Promise<ClassRow>;
  /**
   * `reassign`: the class that takes over the annotations, or null for Unclassified. Left out, a class in
   * use is refused with code `class-in-use` and `details.count`.
   */
  deleteClass(id: string, revision: number, reassign?: string | null): Promise<void>;
  views(imageId: string, signal?: AbortSignal): Promise<ViewRow[]>;
  /** `thumbnail`: a small WebP file in base64; null takes it away. */
  addView(
    imageId: string,
    view: Pick<ViewRow, "name" | "state"> & { thumbnail?: string | null },
  ): Promise<ViewRow>;
  updateView(
    id: string,
    change: Change<ViewRow, "name" | "state"> & { thumbnail?: string | null },
  ): Promise<ViewRow>;
  deleteView(id: string, revision: number): Promise<void>;
  presets(projectId: string, signal?: AbortSignal): Promise<PresetRow[]>;
  addPreset(projectId: string, preset: Pick<PresetRow, "name" | "channels">): Promise<PresetRow>;
  updatePreset(id: string, change: Change<PresetRow, "name" | "channels">): Promise<PresetRow>;
  deletePreset(id: string, revision: number): Promise<void>;
  durable(layer: { epoch: number; imageId: string; id: string }, signal?: AbortSignal): Promise<DurableState>;
}

export function createApi(options: ApiOptions = {}): Api {
  const send = createSender(options);
  const part = encodeURIComponent;
  return {
    startGuest: (request, signal) => send("POST", "/api/sessions/guest", { body: request, signal }),
    session: async (signal) => {
      try {
        return await send<SessionInfo>("GET", "/api/session", { signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    updateSession: (change) => send("PATCH", "/api/session", { body: change }),
    endSession: () => send("DELETE", "/api/session"),
    projects: (signal) => send("GET", "/api/projects", { signal }),
    images: (signal) => send("GET", "/api/images", { signal }),
    image: (id, signal) => send("GET", `/api/images/${part(id)}`, { signal }),
    addImage: (image) => send("POST", "/api/images", { body: image }),
    openMember: (collectionId, member) =>
      send("POST", `/api/images/${part(collectionId)}/members`, { body: member }),
    keepPreview: (id, preview) => send("PUT", `/api/images/${part(id)}/preview`, { body: preview }),
    lookAtAddress: (url, signal) => send("POST", "/api/images/look", { body: { url }, signal }),
    connections: (signal) => send("GET", "/api/connections", { signal }),
    addConnection: (connection) => send("POST", "/api/connections", { body: connection }),
    deleteConnection: (id) => send("DELETE", `/api/connections/${part(id)}`),
    updateImage: (id, change) => send("PATCH", `/api/images/${part(id)}`, { body: change }),
    imageFiles: (id, signal) => send("GET", `/api/images/${part(id)}/files`, { signal }),
    deleteImage: (id, revision) => send("DELETE", `/api/images/${part(id)}?revision=${revision}`),
    layers: (imageId, signal) => send("GET", `/api/images/${part(imageId)}/layers`, { signal }),
    addLayer: (imageId, layer) => send("POST", `/api/images/${part(imageId)}/layers`, { body: layer }),
    updateLayer: (id, change) => send("PATCH", `/api/layers/${part(id)}`, { body: change }),
    deleteLayer: (id, revision) => send("DELETE", `/api/layers/${part(id)}?revision=${revision}`),
    users: (ids, signal) => send("GET", `/api/users?ids=${ids.map(part).join(",")}`, { signal }),
    classes: (projectId, signal) => send("GET", `/api/projects/${part(projectId)}/classes`, { signal }),
    addClass: (projectId, row) => send("POST", `/api/projects/${part(projectId)}/classes`, { body: row }),
    updateClass: (id, change) => send("PATCH", `/api/classes/${part(id)}`, { body: change }),
    deleteClass: (id, revision, reassign) => {
      const choice = reassign === undefined ? "" : `&reassign=${reassign === null ? "none" : part(reassign)}`;
      return send("DELETE", `/api/classes/${part(id)}?revision=${revision}${choice}`);
    },
    views: (imageId, signal) => send("GET", `/api/images/${part(imageId)}/views`, { signal }),
    addView: (imageId, view) => send("POST", `/api/images/${part(imageId)}/views`, { body: view }),
    updateView: (id, change) => send("PATCH", `/api/views/${part(id)}`, { body: change }),
    deleteView: (id, revision) => send("DELETE", `/api/views/${part(id)}?revision=${revision}`),
    presets: (projectId, signal) => send("GET", `/api/projects/${part(projectId)}/presets`, { signal }),
    addPreset: (projectId, row) => send("POST", `/api/projects/${part(projectId)}/presets`, { body: row }),
    updatePreset: (id, change) => send("PATCH", `/api/presets/${part(id)}`, { body: change }),
    deletePreset: (id, revision) => send("DELETE", `/api/presets/${part(id)}?revision=${revision}`),
    durable: ({ epoch, imageId, id }, signal) =>
      send("GET", `/api/rooms/${epoch}/${part(imageId)}/${part(id)}/durable`, { signal }),
  };
}

interface SendOptions {
  body?: unknown;
  signal?: AbortSignal | undefined;
}

type Send = <T>(method: string, path: string, options?: SendOptions) => Promise<T>;

function createSender({ baseUrl = "", token, fetch: fetcher }: ApiOptions): Send {
  return async <T>(method: string, path: string, { body, signal }: SendOptions = {}): Promise<T> => {
    const headers: Record<string, string> = { accept: "application/json" };
    if (token) headers["authorization"] = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const init: RequestInit = { method, headers, credentials: "same-origin" };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal) init.signal = signal;

    let response: Response;
    try {
      response = await (fetcher ?? fetch)(baseUrl + path, init);
    } catch (cause) {
      throw signal?.aborted ? abortedError(cause) : unreachableError(cause);
    }
    if (response.status === 204) return undefined as T;
    let answer: unknown;
    try {
      answer = await response.json();
    } catch (cause) {
      if (signal?.aborted) throw abortedError(cause);
      if (!response.ok) throw errorFromBody(response.status, null);
      throw new ApiError({
        code: "not-json",
        status: response.status,
        message: "The answer did not come from a Coscope server.",
        next: "Check the address of this page.",
        cause,
      });
    }
    if (!response.ok) throw errorFromBody(response.status, answer);
    return answer as T;
  };
}

function unreachableError(cause: unknown): ApiError {
  return new ApiError({
    code: "unreachable",
    status: 0,
    message: "The server cannot be reached.",
    next: "Check that it still runs and that you are online.",
    cause,
  });
}

function abortedError(cause: unknown): ApiError {
  return new ApiError({ code: "aborted", status: 0, message: "The request was stopped.", cause });
}
