import { decodeGeometry, encodeGeometry, type Geometry, GeometryDecodeError } from "../geometry/index.ts";
import { PresenceDecodeError } from "./errors.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { MAX_CHANNELS, MAX_GHOST_BYTES, MAX_NAME_LENGTH } from "./limits.ts";
import {
  type PeerCursor,
  type PeerGhost,
  type PeerState,
  type PeerUser,
  type PresencePatch,
  SHARED_LUTS,
  type SharedChannel,
  type SharedView,
} from "./types.ts";

const FIELD = { cursor: 1, view: 2, following: 4, editing: 8, ghost: 16, broadcasting: 32 } as const;
export const ALL_FIELDS = 63;

/** Positions travel as multiples of 1/64 px. */
const UNITS_PER_PX = 64;

/** Tools that take no bytes beyond their number; any other is written by its name. Append only. */
const TOOLS = [
  "",
  "select",
  "pan",
  "point",
  "rectangle",
  "polygon",
  "ellipse",
  "polyline",
  "brush",
  "prompt",
] as const;
const CURSOR_PRESENT = 1;
const CURSOR_PRESSED = 2;
const TOOL_SHIFT = 2;

// What is not used costs nothing and leaves the frame as it was before there was such a thing.
const VIEW_PRESENT = 1;
const VIEW_FLIPPED = 2;
const VIEW_MAX_PROJECTION = 4;
const CHANNEL_VISIBLE = 1;
const CHANNEL_INVERTED = 2;
const LUT_SHIFT = 2;

export function writePatch(out: FrameWriter, patch: PresencePatch): void {
  let mask = 0;
  for (const [name, bit] of Object.entries(FIELD)) {
    if (patch[name as keyof PresencePatch] !== undefined) mask |= bit;
  }
  out.u8(mask);
  if (patch.cursor !== undefined) writeCursor(out, patch.cursor);
  if (patch.view !== undefined) writeView(out, patch.view);
  if (patch.following !== undefined) out.u16(patch.following);
  if (patch.editing !== undefined) {
    out.flag(patch.editing !== null);
    if (patch.editing) {
      out.id(patch.editing.layerId);
      out.id(patch.editing.id);
    }
  }
  if (patch.ghost !== undefined) writeGhost(out, patch.ghost);
  if (patch.broadcasting !== undefined) out.flag(patch.broadcasting);
}

export function readPatch(reader: FrameReader): PresencePatch {
  const mask = reader.u8();
  if (mask > ALL_FIELDS) throw new PresenceDecodeError("bad-value", `a mask up to ${ALL_FIELDS}`, mask);
  return {
    ...(mask & FIELD.cursor && { cursor: readCursor(reader) }),
    ...(mask & FIELD.view && { view: readView(reader) }),
    ...(mask & FIELD.following && { following: reader.u16() }),
    ...(mask & FIELD.editing && {
      editing: reader.flag() ? { layerId: reader.id(), id: reader.id() } : null,
    }),
    ...(mask & FIELD.ghost && { ghost: readGhost(reader) }),
    ...(mask & FIELD.broadcasting && { broadcasting: reader.flag() }),
  };
}

/** A whole peer: peerId, user, then a patch with every field. */
export function writePeer(out: FrameWriter, peer: PeerState): void {
  const { peerId, user, cursor, view, following, editing, ghost, broadcasting } = peer;
  out.u16(peerId);
  out.id(user.id);
  out.string(user.name, MAX_NAME_LENGTH);
  out.string(user.color, MAX_NAME_LENGTH);
  writePatch(out, { cursor, view, following, editing, ghost, broadcasting });
}

export function readPeer(reader: FrameReader): PeerState {
  const peerId = readPeerId(reader);
  const user: PeerUser = {
    id: reader.id(),
    name: reader.string(MAX_NAME_LENGTH),
    color: reader.string(MAX_NAME_LENGTH),
  };
  const empty = { cursor: null, view: null, following: 0, editing: null, ghost: null, broadcasting: false };
  return { peerId, user, ...empty, ...readPatch(reader) };
}

export function readPeerId(reader: FrameReader): number {
  const peerId = reader.u16();
  if (peerId === 0) throw new PresenceDecodeError("bad-value", "a peer id above 0", peerId);
  return peerId;
}

function writeCursor(out: FrameWriter, cursor: PeerCursor | null): void {
  if (!cursor) {
    out.u8(0);
    return;
  }
  const tool = Math.max(0, (TOOLS as readonly string[]).indexOf(cursor.tool));
  out.u8(CURSOR_PRESENT | (cursor.pressed ? CURSOR_PRESSED : 0) | (tool << TOOL_SHIFT));
  out.varInt(Math.round(cursor.x * UNITS_PER_PX));
  out.varInt(Math.round(cursor.y * UNITS_PER_PX));
  if (tool === 0) out.string(cursor.tool, MAX_NAME_LENGTH);
}

function readCursor(reader: FrameReader): PeerCursor | null {
  const flags = reader.u8();
  if (flags === 0) return null;
  const code = flags >> TOOL_SHIFT;
  if (!(flags & CURSOR_PRESENT)) throw new PresenceDecodeError("bad-value", "a cursor", flags);
  const x = reader.varInt() / UNITS_PER_PX;
  const y = reader.varInt() / UNITS_PER_PX;
  // A tool numbered by a newer page: shown as a plain pointer.
  const tool = code === 0 ? reader.string(MAX_NAME_LENGTH) : (TOOLS[code] ?? "");
  return { x, y, tool, pressed: (flags & CURSOR_PRESSED) !== 0 };
}

function writeView(out: FrameWriter, view: SharedView | null): void {
  if (!view) {
    out.u8(0);
    return;
  }
  const projected = view.projection === "max";
  out.u8(VIEW_PRESENT | (view.flip ? VIEW_FLIPPED : 0) | (projected ? VIEW_MAX_PROJECTION : 0));
  out.varInt(Math.round(view.cx * UNITS_PER_PX));
  out.varInt(Math.round(view.cy * UNITS_PER_PX));
  out.f32(view.zoom);
  out.f32(view.rotation);
  out.varUint(Math.round(view.width));
  out.varUint(Math.round(view.height));
  out.varUint(view.z);
  out.varUint(view.t);
  const channels = view.channels.slice(0, MAX_CHANNELS);
  out.u8(channels.length);
  for (const { visible, min, max, gamma, color, inverted, lut } of channels) {
    const number = lut ? SHARED_LUTS.indexOf(lut) + 1 : 0;
    out.u8((visible ? CHANNEL_VISIBLE : 0) | (inverted ? CHANNEL_INVERTED : 0) | (number << LUT_SHIFT));
    out.f32(min);
    out.f32(max);
    out.f32(gamma);
    out.u24(color);
  }
}

function readView(reader: FrameReader): SharedView | null {
  const flags = reader.u8();
  if (flags === 0) return null;
  const known = VIEW_PRESENT | VIEW_FLIPPED | VIEW_MAX_PROJECTION;
  if (!(flags & VIEW_PRESENT) || flags > known) {
    throw new PresenceDecodeError("bad-value", `0 or an odd number up to ${known}`, flags);
  }
  const view = {
    cx: reader.varInt() / UNITS_PER_PX,
    cy: reader.varInt() / UNITS_PER_PX,
    zoom: reader.f32(),
    rotation: reader.f32(),
    width: reader.varUint(),
    height: reader.varUint(),
    z: reader.varUint(),
    t: reader.varUint(),
  };
  if (!(view.zoom > 0)) throw new PresenceDecodeError("bad-value", "a zoom above 0", view.zoom);
  const count = reader.u8();
  if (count > MAX_CHANNELS)
    throw new PresenceDecodeError("too-large", `at most ${MAX_CHANNELS} channels`, count);
  const channels: SharedChannel[] = [];
  for (let i = 0; i < count; i++) channels.push(readChannel(reader));
  return {
    ...view,
    channels,
    ...(flags & VIEW_FLIPPED && { flip: true }),
    ...(flags & VIEW_MAX_PROJECTION && { projection: "max" }),
  };
}

function readChannel(reader: FrameReader): SharedChannel {
  const flags = reader.u8();
  // A map numbered by a newer page: shown in the channel's colour.
  const lut = SHARED_LUTS[(flags >> LUT_SHIFT) - 1];
  return {
    visible: (flags & CHANNEL_VISIBLE) !== 0,
    min: reader.f32(),
    max: reader.f32(),
    gamma: reader.f32(),
    color: reader.u24(),
    ...(flags & CHANNEL_INVERTED && { inverted: true }),
    ...(lut && { lut }),
  };
}

function writeGhost(out: FrameWriter, ghost: PeerGhost | null): void {
  out.flag(ghost !== null);
  if (!ghost) return;
  out.id(ghost.layerId);
  out.flag(ghost.classId !== null);
  if (ghost.classId !== null) out.id(ghost.classId);
  out.bytes(encodeGeometry(ghost.geometry), MAX_GHOST_BYTES);
}

function readGhost(reader: FrameReader): PeerGhost | null {
  if (!reader.flag()) return null;
  const layerId = reader.id();
  const classId = reader.flag() ? reader.id() : null;
  return { layerId, classId, geometry: readGeometry(reader.bytes(MAX_GHOST_BYTES)) };
}

function readGeometry(bytes: Uint8Array): Geometry {
  try {
    return decodeGeometry(bytes);
  } catch (error) {
    if (error instanceof GeometryDecodeError)
      throw new PresenceDecodeError("bad-value", "a geometry", error.message);
    throw error;
  }
}
