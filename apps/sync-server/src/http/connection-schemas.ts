import { z } from "@hono/zod-openapi";
import { id, name } from "./schemas.ts";

/** Shapes of connections and of looking at an address. Secrets go in and never come out. */

const prefix = z.string().min(8).max(2000).openapi({
  description:
    "The connection is used for addresses under this one, whole folders only; of several the longest. For a bucket: `https://<bucket>.s3.<region>.amazonaws.com` or `https://<host>/<bucket>`.",
  example: "https://minio.example.org/slides",
});

/** RFC 9110's token. */
const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/);
/** No line breaks: they would begin another header. */
const headerValue = z
  .string()
  .min(1)
  .max(8192)
  .regex(/^[\t\x20-\x7e\x80-\xff]+$/);
const secretText = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[\x20-\x7e]+$/);
const region = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/)
  .openapi({ description: "Left out: taken from the host's name, or `us-east-1`.", example: "eu-west-1" });

export const Connection = z
  .object({
    id: id("connection", "c0n1n2e3c4t5i6o7"),
    name,
    prefix,
    kind: z.enum(["headers", "s3"]),
    headers: z
      .array(z.string())
      .optional()
      .openapi({
        description: "Names of the headers that are sent; never what they say.",
        example: ["Authorization"],
      }),
    region: region.optional(),
    createdAt: z.iso.datetime().openapi({ example: "2026-11-23T12:00:00.000Z" }),
  })
  .openapi("Connection");

export const NewConnection = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("headers"),
      name,
      prefix,
      headers: z
        .record(headerName, headerValue)
        .openapi({ description: "Sent with every request.", example: { Authorization: "Bearer …" } }),
    }),
    z.object({
      kind: z.literal("s3"),
      name,
      prefix,
      accessKeyId: secretText.openapi({ description: "Reading is all that it needs to allow." }),
      secretAccessKey: secretText,
      sessionToken: secretText.optional(),
      region: region.optional(),
    }),
  ])
  .openapi("NewConnection");

export const LookRequest = z
  .object({
    url: z.string().min(1).max(2000).openapi({ example: "https://images.example.org/slide.ome.zarr" }),
  })
  .openapi("LookRequest");

export const Look = z
  .object({
    reachable: z.boolean().openapi({
      description: "An image answered there. `false` with `allowed: false` means that nobody asked.",
    }),
    status: z.number().int().nullable().openapi({
      description: "Of the answer that decided; null where none came.",
      example: 200,
    }),
    cors: z.boolean().nullable().openapi({
      description: "Whether this page may read the answer itself; null where none came.",
    }),
    ranges: z.boolean().nullable().openapi({
      description:
        "Whether parts of files can be asked for, as far as that was tried; without, a TIFF is fetched whole.",
    }),
    needsServer: z.boolean().openapi({
      description: 'The page cannot read it and this server can: register the image with `via: "server"`.',
    }),
    through: z.string().optional().openapi({
      description:
        "Where it is read through this server before it is registered, by who asked alone; for a quarter of an hour after its last use.",
      example: "/api/looks/k3v9x0q2m4n6p8r1/source/slide.ome.zarr",
    }),
    allowed: z.boolean().openapi({ description: "The operator lets this server fetch from there." }),
    connection: z.string().nullable().openapi({ description: "Name of the connection that was used." }),
    reason: z.string().optional().openapi({ description: "What is in the way, in one sentence." }),
    next: z.string().optional().openapi({ description: "What to do about it." }),
    setting: z.string().optional().openapi({
      description: "What the operator adds to the start of the server.",
      example: "--allow-host images.example.org",
    }),
  })
  .openapi("Look");
