import { z } from "@hono/zod-openapi";
import { classDetailChanges, classDetails } from "./class-schemas.ts";

/** Shapes of requests and answers; the OpenAPI document is made from these. */

export const id = (what: string, example: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/)
    .openapi({ description: `Id of the ${what}.`, example });
/** What the database's integers hold. */
const MAX_INTEGER = 2 ** 31 - 1;
export const revision = z.number().int().min(1).max(MAX_INTEGER).openapi({
  description: "Grows with every change of the row; sent back with the next change.",
  example: 1,
});
/** The database's text holds every character but this one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about that character
const NO_NUL = /^[^\u0000]*$/;
export const name = z.string().trim().min(1).max(200).regex(NO_NUL).openapi({
  description: "Spaces around it are dropped; something must be left.",
  example: "Nuclei",
});
const description = z.string().max(2000).regex(NO_NUL).optional();
const color = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/)
  .openapi({ description: "sRGB colour.", example: "#56b4e9" });

export const ErrorBody = z
  .object({
    error: z
      .object({
        code: z.string().openapi({
          description: "Stable name of what went wrong; programs decide by it.",
          example: "revision-conflict",
        }),
        message: z.string().openapi({ description: "What was expected and what came, in one sentence." }),
        next: z.string().optional().openapi({ description: "What to do about it." }),
        current: z
          .record(z.string(), z.unknown())
          .optional()
          .openapi({ description: "The row as it is now (codes `revision-conflict`, `epoch-changed`)." }),
        count: z.number().int().optional().openapi({ description: "How many (code `class-in-use`)." }),
      })
      .openapi({ description: "Further fields depend on the code." }),
  })
  .openapi("Error");

export const User = z
  .object({
    id: id("user", "a1b2c3d4e5f6g7h8"),
    name: z.string().openapi({ example: "Ada" }),
    color,
    guest: z.boolean().openapi({ description: "True for people without an account." }),
  })
  .openapi("User");

export const ServerInfo = z
  .object({
    version: z.string().openapi({ example: "0.1.0" }),
    joinKeyRequired: z
      .boolean()
      .openapi({ description: "True when a guest session needs the secret of the join link." }),
  })
  .openapi("ServerInfo");

export const GuestRequest = z
  .object({
    name: name.max(80).openapi({
      description: "Shown beside the cursor. Spaces around it are dropped; something must be left.",
      example: "Ada",
    }),
    color,
    key: z.string().max(200).optional().openapi({
      description:
        "The secret after `#key=` in the join link. Only asked for on a server that other machines reach.",
    }),
  })
  .openapi("GuestRequest");

export const GuestSession = z
  .object({
    user: User,
    token: z.string().openapi({
      description:
        "The session's credential, also set as cookie `coscope_session`. Programs send it as `Authorization: Bearer <token>` and as the token of a live room. It is shown this once.",
    }),
  })
  .openapi("GuestSession");

export const SessionInfo = z.object({ user: User, server: ServerInfo }).openapi("Session");
export const UserChange = z
  .object({ name: name.max(80).optional(), color: color.optional() })
  .openapi("UserChange");
export const UserAnswer = z.object({ user: User }).openapi("UserAnswer");

export const Project = z
  .object({
    id: id("project", "default"),
    workspaceId: id("workspace", "default"),
    name: z.string(),
    revision,
  })
  .openapi("Project");

const contentKind = z.enum(["image", "series", "plate"]).openapi({
  description:
    "What the address holds: an image, or several. Images of a `series` or `plate` become members of it as they are opened; annotations belong to those.",
});
const size = z.number().int().min(1).max(MAX_INTEGER);

export const ImageSummary = z
  .object({
    width: size.openapi({ example: 65_536 }),
    height: size.openapi({ example: 65_536 }),
    sizeZ: size,
    sizeT: size,
    channels: size.openapi({ example: 4 }),
    rgb: z.boolean(),
    dtype: z.string().max(16).openapi({ example: "uint16" }),
    micrometres: z
      .number()
      .positive()
      .nullable()
      .openapi({ description: "Micrometres a pixel; null where the file does not say.", example: 0.325 }),
  })
  .openapi("ImageSummary");

export const NewPreview = z
  .object({
    summary: ImageSummary,
    picture: z
      .base64()
      .min(16)
      .max(60_000)
      .openapi({ description: "JPEG, WebP or PNG of at most 45 KB, in base64.", example: "/9j/4AAQSkZJRg…" }),
  })
  .openapi("NewPreview");

/** Relative, inside, and no way out. */
const memberPath = z
  .string()
  .max(500)
  .regex(/^(?:#[\w=&.-]+|[^/?#\\\s][^/?#\\]*(?:\/[^/?#\\]+)*)$/)
  .refine((path) => !path.split("/").some((part) => /^(\.|%2e){1,2}$/i.test(part)))
  .openapi({ description: "A path below its address, or `#…` for an image of a file.", example: "A/1/0" });

export const NewMember = z.object({ name, path: memberPath }).openapi("NewMember");

const via = z.enum(["direct", "server"]);

export const Image = z
  .object({
    id: id("image", "demo"),
    projectId: id("project", "default"),
    name: z.string().openapi({ example: "Demo slide" }),
    url: z.string().openapi({
      description: "OME-Zarr address: absolute, or relative to this site.",
      example: "/demo/slide.zarr",
    }),
    source: z.enum(["remote", "local", "demo"]),
    via: via.openapi({
      description:
        "Who asks a remote address for pixels: the page itself, or this server for it (then `url` is `/api/images/{id}/source/…`).",
    }),
    origin: z.string().nullable().openapi({
      description:
        "Where a remote image comes from, without what follows `?`; null for images of this server.",
      example: "https://images.example.org/slide.ome.zarr",
    }),
    kind: contentKind,
    collectionId: id("series or plate", "p1l2a3t4e5").nullable().openapi({
      description: "The series or plate that the image lies in; null for one that stands alone.",
    }),
    path: z.string().openapi({
      description: "Where in the series or plate: a path below its address, or `#…` for an image of a file.",
      example: "A/1/0",
    }),
    summary: ImageSummary.nullable().openapi({ description: "Null until a page has had it open." }),
    preview: z.string().nullable().openapi({
      description: "Address of a small picture on this site; null until a page has drawn one.",
      example: "/api/images/demo/preview?v=1",
    }),
    addedBy: z
      .object({ id: z.string(), name: z.string() })
      .nullable()
      .openapi({ description: "Null for what the server found itself." }),
    createdAt: z.iso.datetime().openapi({ example: "2026-11-23T12:00:00.000Z" }),
    revision,
  })
  .openapi("Image");

export const NewImage = z
  .object({
    projectId: id("project", "default").optional().openapi({ description: "Left out: the default project." }),
    name,
    kind: contentKind.optional(),
    via: via.optional().openapi({
      description:
        "`server`: this server fetches it, for servers without CORS and private ones; the operator must allow the host. Left out: `server` where a connection covers the address, else `direct`.",
    }),
    url: z.string().min(1).max(2000).regex(NO_NUL).openapi({
      description:
        '`https://…` or `http://…`, or a path of this site under `/data/` or `/demo/`. The browser reads it, or with `via: "server"` this server. Folders of the server\'s disk are registered by `--images DIR` or the command line only.',
      example: "https://uk1s3.embassy.ebi.ac.uk/idr/zarr/v0.4/idr0062A/6001240.zarr",
    }),
  })
  .openapi("NewImage");

export const ImageChange = z
  .object({ name: name.optional(), kind: contentKind.optional(), via: via.optional(), revision })
  .openapi("ImageChange");

export const ImageFiles = z
  .object({
    own: z.boolean().openapi({
      description: "They were imported or uploaded, and go when the image is deleted. All others stay.",
    }),
    bytes: z.number().int().nullable().openapi({
      description: "What they take up, where they go and are not too many to count.",
      example: 1_200_000_000,
    }),
  })
  .openapi("ImageFiles");

export const Layer = z
  .object({
    id: id("layer", "k3v9x0q2m4n6p8r1"),
    imageId: id("image", "demo"),
    name: z.string().openapi({ example: "Annotations" }),
    position: z.number().int().openapi({ description: "Order in the list, 0 first." }),
    locked: z.boolean().openapi({
      description: "A wish of the team: pages refuse to edit it. The server does not enforce it.",
    }),
    epoch: z.number().int().openapi({ description: "Generation of the live document." }),
    room: z.string().openapi({
      description: "Name of the live document, to join on `/collab` or `/yjs`.",
      example: "e1/demo/k3v9x0q2m4n6p8r1",
    }),
    createdBy: z.string().openapi({ description: "User id; empty for layers made by the server." }),
    revision,
  })
  .openapi("Layer");

export const NewLayer = z.object({ name }).openapi("NewLayer");

export const LayerChange = z
  .object({
    name: name.optional(),
    order: z.number().int().min(0).max(MAX_INTEGER).optional().openapi({
      description:
        "New `position` among the image's layers, 0 first; one beyond the last is the last. Others move and get new revisions.",
    }),
    locked: z.boolean().optional(),
    revision,
  })
  .openapi("LayerChange");

export const AnnotationClass = z
  .object({
    id: id("class", "c0l1a2s3s4i5d6x7"),
    projectId: id("project", "default"),
    name: z.string().openapi({
      description:
        "`Tumour: Positive` is derived from `Tumour`. `Ignore*`, or what else ends in `*`: left out of COCO, of use as a negative.",
      example: "Nucleus",
    }),
    color,
    position: z.number().int().openapi({ description: "Order in the list, 0 first." }),
    description: z.string(),
    ...classDetails,
    revision,
  })
  .openapi("Class");

export const NewClass = z.object({ name, color, description, ...classDetailChanges }).openapi("NewClass");

export const ClassChange = z
  .object({
    name: name.optional(),
    color: color.optional(),
    description,
    ...classDetailChanges,
    position: z.number().int().min(0).max(MAX_INTEGER).optional().openapi({
      description:
        "New index among the classes, 0 first; one beyond the last is the last. Others move and get new revisions.",
    }),
    revision,
  })
  .openapi("ClassChange");

export const Durable = z
  .object({
    room: z.string().openapi({ example: "e1/demo/k3v9x0q2m4n6p8r1" }),
    stateVector: z.string().openapi({
      description:
        "Base64 of the Yjs state vector of everything in the database. An edit is saved when its client id's clock there is at least the document's own after the edit.",
    }),
    sequence: z.number().int().openapi({ description: "Number of the last update in the log." }),
  })
  .openapi("Durable");

export const RevisionQuery = z.object({
  revision: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_INTEGER)
    .openapi({
      param: { name: "revision", in: "query" },
      description: "The revision the deletion was decided on.",
      example: 1,
    }),
});

export const DeleteClassQuery = RevisionQuery.extend({
  reassign: id("class", "none")
    .optional()
    .openapi({
      param: { name: "reassign", in: "query" },
      description:
        "What happens to annotations of this class: the id of the class that takes them over, or `none` for Unclassified. Left out, a class in use is refused with code `class-in-use`.",
    }),
});

export const idParam = (what: string, example: string) =>
  z.object({ id: id(what, example).openapi({ param: { name: "id", in: "path" } }) });

export const RoomParams = z.object({
  epoch: z
    .string()
    .regex(/^e?[1-9]\d{0,8}$/)
    .openapi({
      param: { name: "epoch", in: "path" },
      description: "The layer's epoch, as in its room's name or the number alone.",
      example: "e1",
    }),
  imageId: id("image", "demo").openapi({ param: { name: "imageId", in: "path" } }),
  layerId: id("layer", "k3v9x0q2m4n6p8r1").openapi({ param: { name: "layerId", in: "path" } }),
});
