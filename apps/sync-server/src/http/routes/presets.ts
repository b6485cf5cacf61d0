import { createRoute, z } from "@hono/zod-openapi";
import { locateProject } from "../../store/locate.ts";
import { createPreset, deletePreset, listPresets, locatePreset, updatePreset } from "../../store/presets.ts";
import { type App, authorize, createRoutes, type Services, signedIn } from "../context.ts";
import { body, errors, json, SIGNED_IN } from "../describe.ts";
import { NewPreset, Preset, PresetChange } from "../display-schemas.ts";
import { idParam, RevisionQuery } from "../schemas.ts";

const tags = ["Presets"];
const security = SIGNED_IN;
const params = idParam("preset", "p1r2e3s4e5t6p7r8");

/** Channel settings under a name, for all images of a project. */
export function presetRoutes({ db, live }: Services): App {
  const app = createRoutes();

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/projects/{id}/presets",
      tags,
      summary: "List channel presets",
      security,
      request: { params: idParam("project", "default") },
      responses: { 200: json(z.array(Preset), "The oldest first"), ...errors(400, 401, 403, 404) },
    }),
    async (c) => {
      const { row, workspaceId } = await locateProject(db, c.req.valid("param").id);
      authorize(c, "view", { kind: "project", workspaceId });
      return c.json(await listPresets(db, row.id), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/api/projects/{id}/presets",
      tags,
      summary: "Save channel settings under a name",
      security,
      request: { params: idParam("project", "default"), body: body(NewPreset) },
      responses: { 201: json(Preset, "The new preset"), ...errors(400, 401, 403, 404, 413) },
    }),
    async (c) => {
      const { row: owner, workspaceId } = await locateProject(db, c.req.valid("param").id);
      authorize(c, "manage-views", { kind: "project", workspaceId });
      const fields = { projectId: owner.id, createdBy: signedIn(c).user.id };
      const row = await createPreset(db, { ...c.req.valid("json"), ...fields });
      live.announceProject(owner.id, { t: "rows", table: "preset", op: "put", row });
      return c.json(row, 201);
    },
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/api/presets/{id}",
      tags,
      summary: "Rename a preset, or save other settings under its name",
      security,
      request: { params, body: body(PresetChange) },
      responses: { 200: json(Preset, "The changed preset"), ...errors(400, 401, 403, 404, 409, 413) },
    }),
    async (c) => {
      const { row: before, workspaceId } = await locatePreset(db, c.req.valid("param").id);
      authorize(c, "manage-views", { kind: "preset", workspaceId });
      const row = await updatePreset(db, before.id, c.req.valid("json"));
      live.announceProject(row.projectId, { t: "rows", table: "preset", op: "put", row });
      return c.json(row, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/api/presets/{id}",
      tags,
      summary: "Delete a preset",
      security,
      request: { params, query: RevisionQuery },
      responses: { 204: { description: "Deleted" }, ...errors(400, 401, 403, 404, 409) },
    }),
    async (c) => {
      const { row: before, workspaceId } = await locatePreset(db, c.req.valid("param").id);
      authorize(c, "manage-views", { kind: "preset", workspaceId });
      const row = await deletePreset(db, before.id, c.req.valid("query").revision);
      live.announceProject(row.projectId, { t: "rows", table: "preset", op: "delete", row });
      return c.body(null, 204);
    },
  );

  return app;
}
