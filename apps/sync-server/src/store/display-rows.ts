import type { channelPreset, savedView } from "./schema.ts";

/** How one channel is shown; a window is in the image's own values. */
export interface SavedChannel {
  visible: boolean;
  min: number;
  max: number;
  gamma: number;
  /** `#rrggbb` */
  color: string;
  inverted?: boolean | undefined;
  /** Name of a colour table that is used instead of the colour. */
  lut?: string | null | undefined;
}

/** A camera and display settings: what a link holds, and the window it was seen in. */
export interface ViewState {
  /** Centre in px of the full-resolution level. */
  cx: number;
  cy: number;
  /** CSS px per image px. */
  zoom: number;
  /** Degrees clockwise. */
  rotation: number;
  flip: boolean;
  /** Of the canvas, CSS px: another window zooms so that it sees at least as much. */
  width: number;
  height: number;
  z: number;
  t: number;
  projection: "max" | null;
  channels: SavedChannel[];
}

export interface ViewRow {
  id: string;
  imageId: string;
  name: string;
  state: ViewState;
  /** True where `GET /api/views/<id>/thumbnail` has a picture. */
  thumbnail: boolean;
  createdBy: string;
  createdAt: string;
  revision: number;
}

export interface PresetChannel extends SavedChannel {
  /** The image's name for the channel. */
  name: string;
}

export interface PresetRow {
  id: string;
  projectId: string;
  name: string;
  channels: PresetChannel[];
  createdBy: string;
  createdAt: string;
  revision: number;
}

type StoredView = Omit<typeof savedView.$inferSelect, "thumbnail" | "deletedAt"> & { hasThumbnail: boolean };

export function toViewRow(row: StoredView): ViewRow {
  return {
    id: row.id,
    imageId: row.imageId,
    name: row.name,
    state: row.state,
    thumbnail: row.hasThumbnail,
    createdBy: row.createdBy ?? "",
    createdAt: row.createdAt.toISOString(),
    revision: row.revision,
  };
}

export function toPresetRow(row: typeof channelPreset.$inferSelect): PresetRow {
  return {
    id: row.id,
    projectId: row.projectId,
    name: row.name,
    channels: row.channels,
    createdBy: row.createdBy ?? "",
    createdAt: row.createdAt.toISOString(),
    revision: row.revision,
  };
}
