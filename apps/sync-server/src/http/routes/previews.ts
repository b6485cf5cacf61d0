import { createRoute, z } from "@hono/zod-openapi";
import { ServerError } from "../../errors.ts";
import { getPreview, keepPreview } from "../../store/images.ts";
import { locateImage } from "../../store/locate.ts";
import { type App, authorize, createRoutes, type Services } from "../context.ts";
import { body, errors, json, SIGNED_IN } from "../describe.ts";
import { Image, idParam, NewPreview } from "../schemas.ts";

const tags = ["Images"];
const security = SIGNED_IN;

/**
 * Small pictures of images. The page that has one open draws it once for everybody: so that a list of images
 * asks no foreign host for anything, and tells none who is looking.
 */
export function previewRoutes({ db, live }: Services): App {
  const app = createRoutes();

  app.openapi(
    createRoute({
      method: "put",
      path: "/api/images/{id}/preview",
      tags,
      summary: "Keep an image's small picture and size",
      security,
      request: { params: idParam("image", "demo"), body: body(NewPreview) },
      responses: { 200: json(Image, "The image"), ...errors(400, 401, 403, 404, 413) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { workspaceId } = await locateImage(db, id);
      authorize(c, "manage-images", { kind: "image", workspaceId });
      const { summary, picture } = c.req.valid("json");
      const bytes = new Uint8Array(Buffer.from(picture, "base64"));
      if (typeOf(bytes) === null) {
        throw new ServerError("bad-request", "A small picture is JPEG, WebP or PNG; these are other bytes.");
      }
      const row = await keepPreview(db, id, { summary, picture: bytes });
      live.announceImage(id, { t: "rows", table: "image", op: "put", row });
      return c.json(row, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/images/{id}/preview",
      tags,
      summary: "An image's small picture",
      security,
      request: {
        params: idParam("image", "demo"),
        query: z.object({ v: z.string().max(20).optional() }),
      },
      responses: {
        200: {
          description: "The picture. It never changes under one `v`.",
          content: { "image/*": { schema: z.string() } },
        },
        ...errors(400, 401, 403, 404),
      },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { workspaceId } = await locateImage(db, id);
      authorize(c, "view", { kind: "image", workspaceId });
      const bytes = await getPreview(db, id);
      if (!bytes) throw new ServerError("not-found", "Nobody has drawn a small picture of this image yet.");
      return c.body(bytes, 200, {
        "Content-Type": typeOf(bytes) ?? "application/octet-stream",
        "Cache-Control": "private, max-age=31536000, immutable",
      });
    },
  );

  return app;
}

function typeOf(bytes: Uint8Array): string | null {
  const latin = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (latin.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (latin.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (latin.startsWith("RIFF") && latin.endsWith("WEBP")) return "image/webp";
  return null;
}
