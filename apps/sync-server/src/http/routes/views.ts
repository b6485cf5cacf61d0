import { createRoute, z } from "@hono/zod-openapi";
import { ServerError } from "../../errors.ts";
import { locateImage } from "../../store/locate.ts";
import { notFound } from "../../store/rows.ts";
import {
  createView,
  deleteView,
  listViews,
  locateView,
  readThumbnail,
  updateView,
} from "../../store/views.ts";
import { type App, authorize, createRoutes, type Services, signedIn } from "../context.ts";
import { body, errors, json, SIGNED_IN } from "../describe.ts";
import { NewView, View, ViewChange } from "../display-schemas.ts";
import { idParam, RevisionQuery } from "../schemas.ts";

const tags = ["Views"];
const security = SIGNED_IN;
const params = idParam("view", "v1i2e3w4v5i6e7w8");

/** Named views of an image: a camera and display settings that everyone there can go to. */
export function viewRoutes({ db, live }: Services): App {
  const app = createRoutes();

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/images/{id}/views",
      tags,
      summary: "List an image's named views",
      security,
      request: { params: idParam("image", "demo") },
      responses: { 200: json(z.array(View), "The oldest first"), ...errors(400, 401, 403, 404) },
    }),
    async (c) => {
      const { row, workspaceId } = await locateImage(db, c.req.valid("param").id);
      authorize(c, "view", { kind: "image", workspaceId });
      return c.json(await listViews(db, row.id), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/api/images/{id}/views",
      tags,
      summary: "Save a view under a name",
      security,
      request: { params: idParam("image", "demo"), body: body(NewView) },
      responses: { 201: json(View, "The new view"), ...errors(400, 401, 403, 404, 413) },
    }),
    async (c) => {
      const { row: image, workspaceId } = await locateImage(db, c.req.valid("param").id);
      authorize(c, "manage-views", { kind: "image", workspaceId });
      const { name, state, thumbnail } = c.req.valid("json");
      const fields = { imageId: image.id, name, state, createdBy: signedIn(c).user.id };
      const row = await createView(db, { ...fields, thumbnail: pictureOf(thumbnail) ?? null });
      live.announceImage(image.id, { t: "rows", table: "view", op: "put", row });
      return c.json(row, 201);
    },
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/api/views/{id}",
      tags,
      summary: "Rename a view, or save another place under its name",
      security,
      request: { params, body: body(ViewChange) },
      responses: { 200: json(View, "The changed view"), ...errors(400, 401, 403, 404, 409, 413) },
    }),
    async (c) => {
      const { row: before, workspaceId } = await locateView(db, c.req.valid("param").id);
      authorize(c, "manage-views", { kind: "view", workspaceId });
      const { thumbnail, ...change } = c.req.valid("json");
      const row = await updateView(db, before.id, { ...change, thumbnail: pictureOf(thumbnail) });
      live.announceImage(row.imageId, { t: "rows", table: "view", op: "put", row });
      return c.json(row, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/api/views/{id}",
      tags,
      summary: "Delete a view",
      security,
      request: { params, query: RevisionQuery },
      responses: { 204: { description: "Deleted" }, ...errors(400, 401, 403, 404, 409) },
    }),
    async (c) => {
      const { row: before, workspaceId } = await locateView(db, c.req.valid("param").id);
      authorize(c, "manage-views", { kind: "view", workspaceId });
      const row = await deleteView(db, before.id, c.req.valid("query").revision);
      live.announceImage(row.imageId, { t: "rows", table: "view", op: "delete", row });
      return c.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/views/{id}/thumbnail",
      tags,
      summary: "The picture of a view",
      security,
      request: { params },
      responses: {
        200: {
          description: "A small WebP file",
          content: { "image/webp": { schema: z.string().openapi({ format: "binary" }) } },
        },
        ...errors(400, 401, 403, 404),
      },
    }),
    async (c) => {
      const { row, workspaceId } = await locateView(db, c.req.valid("param").id);
      authorize(c, "view", { kind: "view", workspaceId });
      const bytes = await readThumbnail(db, row.id);
      if (!bytes) throw notFound("thumbnail of view", row.id);
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { "Content-Type": "image/webp" });
    },
  );

  return app;
}

/** The bytes of a thumbnail; null and undefined stay what they are. Throws "bad-request" for other files. */
function pictureOf(base64: string | null | undefined): Uint8Array | null | undefined {
  if (base64 === null || base64 === undefined) return base64;
  const bytes = Buffer.from(base64, "base64");
  const isWebp = bytes.toString("latin1", 0, 4) === "RIFF" && bytes.toString("latin1", 8, 12) === "WEBP";
  if (isWebp) return new Uint8Array(bytes);
  throw new ServerError("bad-request", "A thumbnail is a WebP file in base64; this is something else.", {
    next: "Leave it out to save the view without a picture.",
  });
}
