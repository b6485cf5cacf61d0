import { createRoute, z } from "@hono/zod-openapi";
import { ServerError } from "../../errors.ts";
import { createLayer, deleteLayer, listLayers, MAX_LAYERS, updateLayer } from "../../store/layers.ts";
import { locateImage, locateLayer } from "../../store/locate.ts";
import { notFound } from "../../store/rows.ts";
import { type App, authorize, createRoutes, type Services, signedIn } from "../context.ts";
import { body, errors, json, SIGNED_IN } from "../describe.ts";
import {
  Durable,
  ErrorBody,
  idParam,
  Layer,
  LayerChange,
  NewLayer,
  RevisionQuery,
  RoomParams,
} from "../schemas.ts";

const tags = ["Layers"];
const security = SIGNED_IN;

export function layerRoutes({ db, live }: Services): App {
  const app = createRoutes();

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/images/{id}/layers",
      tags,
      summary: "List an image's layers",
      description: "Each layer is one live document; join its `room` on `/collab` or `/yjs`.",
      security,
      request: { params: idParam("image", "demo") },
      responses: { 200: json(z.array(Layer), "In order"), ...errors(400, 401, 403, 404) },
    }),
    async (c) => {
      const { row, workspaceId } = await locateImage(db, c.req.valid("param").id);
      authorize(c, "view", { kind: "image", workspaceId });
      return c.json(await listLayers(db, row.id), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/api/images/{id}/layers",
      tags,
      summary: "Add a layer",
      security,
      request: { params: idParam("image", "demo"), body: body(NewLayer) },
      responses: {
        201: json(Layer, "The new layer, with its room"),
        ...errors(400, 401, 403, 404),
        413: json(
          ErrorBody,
          `The image has ${MAX_LAYERS} layers (\`too-many-layers\`), or the request more than 64 KiB (\`too-large\`)`,
        ),
      },
    }),
    async (c) => {
      const { row: image, workspaceId } = await locateImage(db, c.req.valid("param").id);
      authorize(c, "manage-layers", { kind: "image", workspaceId });
      const { name } = c.req.valid("json");
      const row = await createLayer(db, { imageId: image.id, name, createdBy: signedIn(c).user.id });
      live.announceImage(image.id, { t: "rows", table: "layer", op: "put", row });
      return c.json(row, 201);
    },
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/api/layers/{id}",
      tags,
      summary: "Rename, move or lock a layer",
      security,
      request: { params: idParam("layer", "k3v9x0q2m4n6p8r1"), body: body(LayerChange) },
      responses: { 200: json(Layer, "The changed layer"), ...errors(400, 401, 403, 404, 409, 413) },
    }),
    async (c) => {
      const { row: before, workspaceId } = await locateLayer(db, c.req.valid("param").id);
      authorize(c, "manage-layers", { kind: "layer", workspaceId });
      const rows = await updateLayer(db, before.id, c.req.valid("json"));
      for (const row of rows) live.announceImage(row.imageId, { t: "rows", table: "layer", op: "put", row });
      return c.json(rows[0]!, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/api/layers/{id}",
      tags,
      summary: "Delete a layer",
      description: "Hides the layer and closes its room. Annotations stay in the database.",
      security,
      request: { params: idParam("layer", "k3v9x0q2m4n6p8r1"), query: RevisionQuery },
      responses: { 204: { description: "Deleted" }, ...errors(400, 401, 403, 404, 409) },
    }),
    async (c) => {
      const { row: before, workspaceId } = await locateLayer(db, c.req.valid("param").id);
      authorize(c, "manage-layers", { kind: "layer", workspaceId });
      const row = await deleteLayer(db, before.id, c.req.valid("query").revision);
      live.announceImage(row.imageId, { t: "rows", table: "layer", op: "delete", row });
      live.closeLayer(row.id, "layer-deleted");
      return c.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/rooms/{epoch}/{imageId}/{layerId}/durable",
      tags: ["Live"],
      summary: "What is saved of a live document",
      description:
        "For clients that cannot listen to the `durable` messages of the room. An edit is saved once the state vector covers it. Ask while you are in the room: else the layer has to be loaded for the answer, which may be asked for less often.",
      security,
      request: {
        params: RoomParams,
      },
      responses: {
        200: json(Durable, "The durable state"),
        ...errors(400, 401, 403, 404, 429),
        409: json(ErrorBody, "The layer is at another epoch: `epoch-changed` with the `current` row"),
      },
    }),
    async (c) => {
      const params = c.req.valid("param");
      const { row, workspaceId } = await locateLayer(db, params.layerId);
      authorize(c, "view", { kind: "layer", workspaceId });
      if (row.imageId !== params.imageId) throw notFound("layer", `${params.imageId}/${params.layerId}`);
      const epoch = Number(params.epoch.replace(/^e/, ""));
      if (epoch !== row.epoch) {
        throw new ServerError("epoch-changed", `This layer is at epoch ${row.epoch}, not ${epoch}.`, {
          next: "Join the room of the layer's row.",
          details: { current: row },
        });
      }
      return c.json(await live.durable(row, signedIn(c).user.id), 200);
    },
  );

  return app;
}
