import type { ClassId, LayerId } from "../document/index.ts";
import type { Geometry } from "../geometry/index.ts";

/** Colour maps by their number on the wire, from 1. Append only. */
export const SHARED_LUTS = ["viridis", "magma", "inferno", "plasma", "cividis", "turbo", "gray"] as const;
export type SharedLut = (typeof SHARED_LUTS)[number];

/** How a person sees a channel. `color` is 0xRRGGBB; min and max are in the channel's own units. */
export interface SharedChannel {
  readonly visible: boolean;
  readonly min: number;
  readonly max: number;
  readonly gamma: number;
  readonly color: number;
  readonly inverted?: boolean;
  /** Shown by this colour map instead of `color`. */
  readonly lut?: SharedLut | null;
}

/**
 * What a person looks at. Centre in image px, `zoom` in CSS px per image px, `rotation` in degrees clockwise,
 * `width` and `height` of the canvas in CSS px.
 */
export interface SharedView {
  readonly cx: number;
  readonly cy: number;
  readonly zoom: number;
  readonly rotation: number;
  readonly width: number;
  readonly height: number;
  readonly z: number;
  readonly t: number;
  readonly channels: readonly SharedChannel[];
  /** Mirrored left to right on screen. */
  readonly flip?: boolean;
  /** The brightest of all z instead of plane z. */
  readonly projection?: "max" | null;
}

/** In image px. */
export interface PeerCursor {
  readonly x: number;
  readonly y: number;
  readonly tool: string;
  readonly pressed: boolean;
}

/** A gesture in progress, shown to others before it is a command. */
export interface PeerGhost {
  readonly layerId: LayerId;
  readonly classId: ClassId | null;
  readonly geometry: Geometry;
}

/** As the server knows the person. `color` is "#rrggbb". */
export interface PeerUser {
  readonly id: string;
  readonly name: string;
  readonly color: string;
}

export interface PeerState {
  /** Given by the server, 1 to 65535; one a socket and image. */
  readonly peerId: number;
  readonly user: PeerUser;
  readonly cursor: PeerCursor | null;
  readonly view: SharedView | null;
  /** peerId of whom they follow, or 0. */
  readonly following: number;
  readonly editing: { readonly layerId: LayerId; readonly id: string } | null;
  readonly ghost: PeerGhost | null;
  readonly broadcasting: boolean;
}

/** What changed of a peer. Who it is is said by the server, never by the client. */
export type PresencePatch = Partial<Omit<PeerState, "peerId" | "user">>;

export type ClientFrame =
  | { readonly kind: "join"; readonly imageId: string }
  | { readonly kind: "patch"; readonly patch: PresencePatch }
  /** `to`: the image they went on to, for those who follow them. */
  | { readonly kind: "leave"; readonly to?: string };

export type ServerFrame =
  | {
      readonly kind: "welcome";
      readonly imageId: string;
      readonly peerId: number;
      readonly peers: PeerState[];
    }
  | { readonly kind: "peers"; readonly patches: PeerPatch[] }
  | { readonly kind: "joined"; readonly peer: PeerState }
  | { readonly kind: "left"; readonly peerId: number }
  | { readonly kind: "event"; readonly event: PresenceMessage }
  | { readonly kind: "error"; readonly error: PresenceMessage };

export interface PeerPatch {
  readonly peerId: number;
  readonly patch: PresencePatch;
}

/** JSON of an EVENT or ERROR frame; always an object. */
export type PresenceMessage = { readonly [key: string]: unknown };
