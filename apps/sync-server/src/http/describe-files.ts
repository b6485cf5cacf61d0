import { z } from "@hono/zod-openapi";
import type { App } from "./context.ts";
import { errors, json, SIGNED_IN } from "./describe.ts";
import { ErrorBody } from "./schemas.ts";

const binary = { "application/octet-stream": { schema: { type: "string", format: "binary" } as const } };
const file = { ...binary, "application/json": { schema: z.unknown() } };
const path = z.string().openapi({
  param: { name: "path", in: "path" },
  description: "Path of a file in the image's folder, slashes as they are.",
  example: "zarr.json",
});
const header = (name: string) =>
  z
    .string()
    .optional()
    .openapi({ param: { name, in: "header" } });

/** Describes the files that images are read from; they are served in `images/serve.ts` and `demo-mount.ts`. */
export function describeFiles({ openAPIRegistry }: App): void {
  openAPIRegistry.registerPath({
    method: "get",
    path: "/data/images/{id}/{path}",
    tags: ["Files"],
    summary: "A file of a local image",
    description:
      "What the `url` of an image with `source: local` leads to; `HEAD` too. Metadata is `application/json`. Pages of other sites may read it with a session of their own, sent as `Authorization: Bearer` (the cookie does not cross sites).",
    security: SIGNED_IN,
    request: {
      params: z.object({
        id: z
          .string()
          .openapi({ param: { name: "id", in: "path" }, description: "Id of the image.", example: "demo" }),
        path,
      }),
      headers: z.object({
        Range: header("Range").openapi({
          description: "One range of bytes, e.g. `bytes=-16`; several are answered with the whole file.",
        }),
        "If-Range": header("If-Range"),
        "If-None-Match": header("If-None-Match"),
      }),
    },
    responses: {
      200: { description: "The file, with `ETag` and `Accept-Ranges`", content: file },
      206: { description: "The range, with `Content-Range`", content: binary },
      304: { description: "Not changed since the `ETag` was given" },
      ...errors(401, 403),
      404: { description: "No such file: of a chunk, its pixels have the fill value" },
      416: { description: "The range begins beyond the end" },
    },
  });
  openAPIRegistry.registerPath({
    method: "get",
    path: "/api/images/{id}/source/{path}",
    tags: ["Files"],
    summary: "A part of an image that this server fetches",
    description:
      "What the `url` of an image with `via: server` leads to; `HEAD` too. The part is asked for at the image's own server as it is read, with the credentials of the connection that covers it; nothing is kept here. Only what belongs to the image: what is below a Zarr folder, the tiles beside a `.dzi`, what a IIIF image offers, a file itself. 403, 404 and 410 of that server become 404; 429, 502, 503, 504 and cut connections are tried three times.",
    security: SIGNED_IN,
    request: {
      params: z.object({
        id: z
          .string()
          .openapi({ param: { name: "id", in: "path" }, description: "Id of the image.", example: "demo" }),
        path: path.openapi({ example: "slide.zarr/zarr.json" }),
      }),
      headers: z.object({
        Range: header("Range").openapi({ description: "One range of bytes." }),
        "If-Range": header("If-Range"),
        "If-None-Match": header("If-None-Match"),
        "If-Modified-Since": header("If-Modified-Since"),
      }),
    },
    responses: {
      200: {
        description: "The whole; with `Accept-Ranges: none` where the other server sends no parts of files",
        content: file,
      },
      206: { description: "The range, with `Content-Range`", content: binary },
      304: { description: "Not changed" },
      ...errors(401, 403, 404, 429),
      416: { description: "The range begins beyond the end" },
      502: json(
        ErrorBody,
        "The other server: `upstream-unreachable`, `upstream-failed`, `upstream-unauthorized`, `upstream-too-large`; or this one may not ask it: `host-not-allowed`, `address-refused`, `connection-unreadable`",
      ),
      504: json(ErrorBody, "The other server did not answer in time: `upstream-timeout`"),
    },
  });
  openAPIRegistry.registerPath({
    method: "get",
    path: "/demo/{path}",
    tags: ["Files"],
    summary: "A file of the demo",
    description:
      "OME-Zarr images that are computed when asked for, free to read by any page; `HEAD` too. No ranges: each chunk is one file. `labels` beside the slide's levels says exactly where its nuclei are.",
    request: {
      params: z.object({ path: path.openapi({ example: "slide.zarr/zarr.json" }) }),
      headers: z.object({ "If-None-Match": header("If-None-Match") }),
    },
    responses: {
      200: { description: "The file, with `ETag`", content: file },
      304: { description: "Not changed since the `ETag` was given" },
      404: { description: "No such file" },
    },
  });
}
