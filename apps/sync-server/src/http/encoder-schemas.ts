import { z } from "@hono/zod-openapi";

// Numbers stay text here: what is wrong with them is told by the route, as a region that is none.

const text = (description: string, example: string) =>
  z.string().max(500).optional().openapi({ description, example });

export const EmbeddingQuery = z.object({
  model: text("Id of a model; the default one where it is left out.", "coscope-nucleus-3"),
  scale: text("Level px a px of the image: 2, 1, 0.5, 0.25 and so on, down to 0.015625. Default 1.", "1"),
  x: text("Where the region begins, px of the level: a multiple of 512.", "1024"),
  y: text("As `x`.", "512"),
  z: text("Plane, default 0.", "0"),
  t: text("Time, default 0.", "0"),
  channels: text("Indexes of the channels to look at.", "0,2"),
  for: text("`click`, `hover` or `prefetch`: how urgent it is. Default `click`.", "click"),
});

export const StatisticsQuery = z.object({
  channels: text("Indexes of channels.", "0,2"),
  model: text("Id of a model; the default one where it is left out.", "coscope-nucleus-3"),
});

export const ModelFileParams = z.object({
  id: z
    .string()
    .max(64)
    .openapi({ param: { name: "id", in: "path" }, example: "coscope-nucleus-3" }),
  file: z
    .enum(["decoder.onnx", "encoder.onnx"])
    .openapi({ param: { name: "file", in: "path" }, example: "decoder.onnx" }),
});

export const ModelFileQuery = z.object({
  sha256: text(
    "Which version is wanted: where it is the file's, the answer may be kept for good.",
    "9f86d0…",
  ),
});

const File = z.object({ bytes: z.number(), sha256: z.string() });

export const ModelList = z
  .array(
    z.object({
      id: z.string(),
      name: z.string(),
      family: z.enum(["coscope", "sam", "sam2"]).nullable(),
      default: z.boolean(),
      ready: z.boolean(),
      why: z.string().optional().openapi({ description: "Why it is not ready." }),
      licence: z.string().nullable(),
      encoder: File.nullable(),
      decoder: File.nullable(),
      manifest: z.record(z.string(), z.unknown()).nullable(),
    }),
  )
  .openapi("Models");

export const Statistics = z
  .object({
    channels: z.array(z.object({ channel: z.number(), low: z.number(), high: z.number() })),
    level: z.number().openapi({ description: "The level that was measured." }),
    z: z.number(),
    t: z.number(),
  })
  .openapi("Statistics");

export const EncoderState = z
  .object({
    queue: z.number().openapi({ description: "Regions that wait." }),
    running: z.number().openapi({ description: "Regions that are worked on." }),
    typicalMs: z
      .number()
      .nullable()
      .openapi({ description: "The middle of how long regions took lately, reading included." }),
    yours: z.array(
      z.object({
        key: z.string(),
        position: z
          .number()
          .openapi({ description: "How many come before it, with itself; 0: it is worked on." }),
      }),
    ),
  })
  .openapi("EncoderState");
