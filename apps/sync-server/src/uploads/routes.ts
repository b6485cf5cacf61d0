import { createRoute, z } from "@hono/zod-openapi";
import { ServerError } from "../errors.ts";
import { type App, createRoutes, signedIn } from "../http/context.ts";
import { errors, json, SIGNED_IN } from "../http/describe.ts";
import { idParam } from "../http/schemas.ts";
import type { Imports } from "./imports.ts";
import type { ImportRecord } from "./record.ts";

const Failure = z
  .object({
    code: z.string().openapi({ example: "unsupported" }),
    message: z.string(),
    next: z.string().optional().openapi({ description: "What to do about it." }),
  })
  .openapi("ImportFailure");

export const Import = z
  .object({
    id: z.string().openapi({ description: "Also the id of the upload.", example: "k3v9x0q2m4n6p8r1" }),
    name: z.string().openapi({ example: "slide.svs" }),
    bytes: z.number().int().openapi({ description: "Of the file or folder." }),
    received: z.number().int().openapi({ description: "Bytes that have come." }),
    state: z.enum(["uploading", "waiting", "converting", "ready", "failed", "cancelled"]),
    progress: z.number().min(0).max(1).openapi({ description: "Of converting." }),
    images: z
      .array(z.object({ id: z.string(), name: z.string() }))
      .openapi({ description: "Images made of it so far." }),
    error: Failure.nullable(),
    failures: z
      .array(Failure)
      .openapi({ description: "Images in it that could not be imported; others were." }),
    createdAt: z.iso.datetime(),
  })
  .openapi("Import");

const tags = ["Imports"];
const security = SIGNED_IN;

/** What became of uploads. Everybody sees their own. */
export function importRoutes(imports: Imports): App {
  const app = createRoutes();

  async function rowOf(record: ImportRecord): Promise<z.infer<typeof Import>> {
    const { id, name, bytes, state, progress, images, error, failures, createdAt } = record;
    const received = state === "uploading" ? await imports.received(id) : bytes;
    return {
      id,
      name,
      bytes,
      received,
      state,
      progress,
      images: images.map((i) => ({ id: i.id, name: i.name })),
      error,
      failures,
      createdAt,
    };
  }

  function own(id: string, userId: string): ImportRecord {
    const record = imports.get(id);
    if (record?.userId === userId) return record;
    throw new ServerError("not-found", `There is no import "${id}".`, {
      next: "It may have been taken off the list.",
    });
  }

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/imports",
      tags,
      summary: "Your uploads, and what became of them",
      description:
        "Uploads come in with tus 1.0 at `/api/uploads`: `Upload-Metadata` with `filename`, and if wanted `projectId`, `sha256`, `keepMetadata`, `withAssociated`.",
      security,
      responses: { 200: json(z.array(Import), "Oldest first; what is over stays for a day"), ...errors(401) },
    }),
    async (c) => c.json(await Promise.all(imports.list(signedIn(c).user.id).map(rowOf)), 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/imports/{id}",
      tags,
      summary: "One upload",
      security,
      request: { params: idParam("import", "k3v9x0q2m4n6p8r1") },
      responses: { 200: json(Import, "The upload"), ...errors(400, 401, 404) },
    }),
    async (c) => c.json(await rowOf(own(c.req.valid("param").id, signedIn(c).user.id)), 200),
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/api/imports/{id}",
      tags,
      summary: "Cancel an upload, or take it off the list",
      description: "What is under way ends and leaves nothing behind; images that are ready stay.",
      security,
      request: { params: idParam("import", "k3v9x0q2m4n6p8r1") },
      responses: { 204: { description: "Done" }, ...errors(400, 401, 403, 404) },
    }),
    async (c) => {
      const { id } = own(c.req.valid("param").id, signedIn(c).user.id);
      await imports.cancel(id);
      return c.body(null, 204);
    },
  );

  return app;
}
