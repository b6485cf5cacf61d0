import { createRoute, z } from "@hono/zod-openapi";
import { can } from "../../access/can.ts";
import { ServerError } from "../../errors.ts";
import { checkImageUrl } from "../../images/url.ts";
import {
  createImage,
  deleteImage,
  listImages,
  listMembers,
  openMember,
  updateImage,
} from "../../store/images.ts";
import { listLayers } from "../../store/layers.ts";
import { locateImage, locateProject } from "../../store/locate.ts";
import type { ImageVia } from "../../store/rows.ts";
import { DEFAULT_PROJECT, listProjects } from "../../store/workspaces.ts";
import { type App, authorize, createRoutes, type Services, signedIn } from "../context.ts";
import { body, errors, json, SIGNED_IN } from "../describe.ts";
import { Image, ImageChange, ImageFiles, idParam, NewImage, NewMember, RevisionQuery } from "../schemas.ts";

const tags = ["Images"];
const security = SIGNED_IN;

export function imageRoutes(services: Services, refreshFolders: () => Promise<void>): App {
  const { db, live, guard, connections, ownFiles, log } = services;
  const app = createRoutes();

  /** Throws where the server is asked to fetch what the operator does not allow. */
  async function viaFor(
    address: string,
    wanted: ImageVia | undefined,
    workspaceId: string,
  ): Promise<ImageVia> {
    const remote = /^https?:/.test(address);
    if (!remote && wanted === "server") {
      throw new ServerError("bad-request", "This image is on this server: nothing is to be fetched.", {
        next: 'Leave out `via`, or give "direct".',
      });
    }
    const covered =
      remote && wanted === undefined && (await connections.match(workspaceId, new URL(address)));
    if (wanted !== "server" && !covered) return "direct";
    guard.check(address);
    return "server";
  }

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/images",
      tags,
      summary: "List images",
      security,
      responses: { 200: json(z.array(Image), "The images you may see, oldest first"), ...errors(401) },
    }),
    async (c) => {
      const actor = signedIn(c);
      await refreshFolders();
      const workspaceOf = new Map((await listProjects(db)).map((row) => [row.id, row.workspaceId]));
      const visible = (await listImages(db)).filter((row) =>
        can(actor, "view", { kind: "image", workspaceId: workspaceOf.get(row.projectId)! }),
      );
      return c.json(visible, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/api/images",
      tags,
      summary: "Register an image by its address",
      description: 'Records the address; nothing is fetched. The image gets one layer, "Annotations".',
      security,
      request: { body: body(NewImage) },
      responses: { 201: json(Image, "The new image"), ...errors(400, 401, 403, 404, 413) },
    }),
    async (c) => {
      const fields = c.req.valid("json");
      const { row: owner, workspaceId } = await locateProject(db, fields.projectId ?? DEFAULT_PROJECT);
      authorize(c, "manage-images", { kind: "project", workspaceId });
      const url = checkImageUrl(fields.url);
      const row = await createImage(db, {
        projectId: owner.id,
        name: fields.name,
        url,
        source: "remote",
        via: await viaFor(url, fields.via, workspaceId),
        kind: fields.kind ?? "image",
        createdBy: signedIn(c).user.id,
      });
      live.announceProject(owner.id, { t: "rows", table: "image", op: "put", row });
      return c.json(row, 201);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/images/{id}",
      tags,
      summary: "One image",
      security,
      request: { params: idParam("image", "demo") },
      responses: { 200: json(Image, "The image"), ...errors(400, 401, 403, 404) },
    }),
    async (c) => {
      const { row, workspaceId } = await locateImage(db, c.req.valid("param").id);
      authorize(c, "view", { kind: "image", workspaceId });
      return c.json(row, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/api/images/{id}/members",
      tags,
      summary: "Open an image of a series or plate",
      description: "The image at that path, registered when nobody has opened it before.",
      security,
      request: { params: idParam("series or plate", "p1l2a3t4e5"), body: body(NewMember) },
      responses: {
        200: json(Image, "The image, opened before"),
        201: json(Image, "The new image"),
        ...errors(400, 401, 403, 404, 413),
      },
    }),
    async (c) => {
      const { row: collection, workspaceId } = await locateImage(db, c.req.valid("param").id);
      authorize(c, "manage-images", { kind: "image", workspaceId });
      if (collection.kind === "image") {
        throw new ServerError("bad-request", `"${collection.name}" is an image, not a series or plate.`, {
          next: "Say so first: PATCH it with its `kind`.",
        });
      }
      const fields = { ...c.req.valid("json"), createdBy: signedIn(c).user.id };
      const { row, isNew } = await openMember(db, collection.id, fields);
      if (isNew) live.announceProject(row.projectId, { t: "rows", table: "image", op: "put", row });
      return c.json(row, isNew ? 201 : 200);
    },
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/api/images/{id}",
      tags,
      summary: "Rename an image, say what its address holds or who fetches it",
      security,
      request: { params: idParam("image", "demo"), body: body(ImageChange) },
      responses: { 200: json(Image, "The changed image"), ...errors(400, 401, 403, 404, 409, 413) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { row: before, workspaceId, address } = await locateImage(db, id);
      authorize(c, "manage-images", { kind: "image", workspaceId });
      const change = c.req.valid("json");
      if (change.via) await viaFor(address, change.via, workspaceId);
      if (change.via === "direct" && before.via === "server" && new URL(address).search !== "") {
        throw new ServerError(
          "bad-request",
          "What follows ? in this address may be a secret: it stays on the server.",
          {
            next: "Register the image anew with the address that the page is to read.",
          },
        );
      }
      const row = await updateImage(db, id, change);
      live.announceImage(id, { t: "rows", table: "image", op: "put", row });
      return c.json(row, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/images/{id}/files",
      tags,
      summary: "What deleting an image does to its files",
      security,
      request: { params: idParam("image", "demo") },
      responses: { 200: json(ImageFiles, "The image's files"), ...errors(400, 401, 403, 404) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { folder, workspaceId } = await locateImage(db, id);
      authorize(c, "view", { kind: "image", workspaceId });
      const own = await ownFiles.isOwn({ id, folder });
      return c.json({ own, bytes: own ? await ownFiles.sizeOf(folder!) : null }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/api/images/{id}",
      tags,
      summary: "Delete an image",
      description:
        "Hides the image and its layers and closes their rooms; of a series or plate, all its images. Annotations stay in the database. Files that were imported or uploaded are removed (see `/api/images/{id}/files`); all others stay where they are.",
      security,
      request: { params: idParam("image", "demo"), query: RevisionQuery },
      responses: { 204: { description: "Deleted" }, ...errors(400, 401, 403, 404, 409) },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      const { folder, workspaceId } = await locateImage(db, id);
      authorize(c, "manage-images", { kind: "image", workspaceId });
      const members = await listMembers(db, id);
      const layers = await Promise.all(
        [id, ...members.map((row) => row.id)].map((one) => listLayers(db, one)),
      );
      const row = await deleteImage(db, id, c.req.valid("query").revision);
      for (const gone of [row, ...members]) {
        live.announceImage(gone.id, { t: "rows", table: "image", op: "delete", row: gone });
      }
      for (const layer of layers.flat()) live.closeLayer(layer.id, "image-deleted");
      // What fails here is tried again at the next start.
      await ownFiles
        .remove({ id, folder })
        .catch((err) => log.error({ err, image: id }, "files not removed"));
      return c.body(null, 204);
    },
  );

  return app;
}
