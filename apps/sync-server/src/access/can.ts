/**
 * The one place that decides. Pure: every route and every room asks it, nothing else says who may.
 */

export type Role = "owner" | "editor" | "annotator" | "viewer";

export interface User {
  readonly id: string;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  readonly guest: boolean;
}

/** Who asks: a signed-in user with a role in some workspaces, or nobody we know. */
export interface Actor {
  readonly user: User | null;
  /** Workspace id → role. */
  readonly roles: ReadonlyMap<string, Role>;
}

export const ANONYMOUS: Actor = { user: null, roles: new Map() };

export type Action =
  /** See rows, pixels, annotations and who is there. */
  | "view"
  /** Write into a layer's live document. */
  | "annotate"
  /** Save, change, delete named views and channel presets. */
  | "manage-views"
  /** Add, rename, order, lock, delete layers. */
  | "manage-layers"
  /** Add, change, delete classes. */
  | "manage-classes"
  /** Register, rename, delete images. */
  | "manage-images"
  /** Add and delete the credentials of other servers. */
  | "manage-connections";

/** What is asked about. Rights are per workspace today; the kind is there for per-layer ones. */
export interface Resource {
  readonly kind: "workspace" | "project" | "image" | "layer" | "class" | "view" | "preset" | "connection";
  readonly workspaceId: string;
}

const ALLOWED: Readonly<Record<Role, ReadonlySet<Action>>> = {
  viewer: new Set(["view"]),
  annotator: new Set(["view", "annotate", "manage-views"]),
  editor: new Set([
    "view",
    "annotate",
    "manage-views",
    "manage-layers",
    "manage-classes",
    "manage-images",
    "manage-connections",
  ]),
  owner: new Set([
    "view",
    "annotate",
    "manage-views",
    "manage-layers",
    "manage-classes",
    "manage-images",
    "manage-connections",
  ]),
};

export function can(actor: Actor, action: Action, resource: Resource): boolean {
  const role = actor.user === null ? undefined : actor.roles.get(resource.workspaceId);
  return role !== undefined && ALLOWED[role].has(action);
}
