import { z } from "@hono/zod-openapi";
import { id, name, revision } from "./schemas.ts";

/** Shapes of named views and channel presets. */

/** Base64 of 24 KiB. */
const MAX_THUMBNAIL_TEXT = 32_768;
/** Multiplexed images have many; this fits into a request with its thumbnail. */
const MAX_CHANNELS = 200;
const finite = z.number().min(-3.5e38).max(3.5e38);

const savedChannel = z.object({
  visible: z.boolean(),
  min: finite.openapi({ description: "Shown black, in the image's own values.", example: 120 }),
  max: finite.openapi({ description: "Shown in full colour.", example: 2400 }),
  gamma: z.number().positive().max(20).openapi({ example: 1 }),
  color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .openapi({ example: "#3dc8ff" }),
  inverted: z.boolean().optional(),
  lut: z
    .string()
    .max(40)
    .nullable()
    .optional()
    .openapi({ description: "A colour table used instead of the colour.", example: "viridis" }),
});

const viewState = z
  .object({
    cx: finite.openapi({ description: "Centre, px of the full-resolution level.", example: 32768 }),
    cy: finite.openapi({ example: 21000 }),
    zoom: z.number().positive().max(1e6).openapi({ description: "CSS px per image px.", example: 0.5 }),
    rotation: z.number().min(-360).max(360).openapi({ description: "Degrees clockwise.", example: 0 }),
    flip: z.boolean().openapi({ description: "Mirrored left to right.", example: false }),
    width: z.number().positive().max(100_000).openapi({
      description:
        "Of the canvas it was seen in, CSS px: another window zooms so that it sees at least as much.",
      example: 1280,
    }),
    height: z.number().positive().max(100_000).openapi({ example: 800 }),
    z: z.number().int().min(0),
    t: z.number().int().min(0),
    projection: z.enum(["max"]).nullable().openapi({
      description: "`max`: the brightest of all z planes at each place.",
    }),
    channels: z.array(savedChannel).max(MAX_CHANNELS),
  })
  .openapi("ViewState");

const thumbnail = z
  .base64()
  .max(MAX_THUMBNAIL_TEXT)
  .nullable()
  .optional()
  .openapi({ description: "A small WebP file in base64, 24 KiB at most." });

export const View = z
  .object({
    id: id("view", "v1i2e3w4v5i6e7w8"),
    imageId: id("image", "demo"),
    name: z.string().openapi({ example: "Mitoses at the margin" }),
    state: viewState,
    thumbnail: z
      .boolean()
      .openapi({ description: "True where `GET /api/views/{id}/thumbnail` has a picture." }),
    createdBy: z.string().openapi({ description: "User id." }),
    createdAt: z.iso.datetime().openapi({ example: "2026-11-23T12:00:00.000Z" }),
    revision,
  })
  .openapi("View");

export const NewView = z.object({ name, state: viewState, thumbnail }).openapi("NewView");

export const ViewChange = z
  .object({ name: name.optional(), state: viewState.optional(), thumbnail, revision })
  .openapi("ViewChange");

const presetChannel = savedChannel.extend({
  name: z.string().max(200).openapi({ description: "The image's name for it.", example: "DAPI" }),
});
const presetChannels = z.array(presetChannel).min(1).max(MAX_CHANNELS).openapi({
  description: "A page offers the preset where the names, or at least their number, are those of the image.",
});

export const Preset = z
  .object({
    id: id("preset", "p1r2e3s4e5t6p7r8"),
    projectId: id("project", "default"),
    name: z.string().openapi({ example: "Nuclei in white" }),
    channels: presetChannels,
    createdBy: z.string().openapi({ description: "User id." }),
    createdAt: z.iso.datetime().openapi({ example: "2026-11-23T12:00:00.000Z" }),
    revision,
  })
  .openapi("Preset");

export const NewPreset = z.object({ name, channels: presetChannels }).openapi("NewPreset");

export const PresetChange = z
  .object({ name: name.optional(), channels: presetChannels.optional(), revision })
  .openapi("PresetChange");
