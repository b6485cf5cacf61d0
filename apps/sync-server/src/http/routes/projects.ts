import { createRoute, z } from "@hono/zod-openapi";
import { can } from "../../access/can.ts";
import { createAllowance } from "../../allowance.ts";
import { ServerError } from "../../errors.ts";
import { createClass, deleteClass, getClass, listClasses, updateClass } from "../../store/classes.ts";
import { locateClass, locateProject } from "../../store/locate.ts";
import { listProjects } from "../../store/workspaces.ts";
import type { Looked } from "../../sync/class-uses.ts";
import { type App, authorize, createRoutes, type Services, signedIn } from "../context.ts";
import { body, errors, json, SIGNED_IN } from "../describe.ts";
import {
  AnnotationClass,
  ClassChange,
  DeleteClassQuery,
  ErrorBody,
  idParam,
  NewClass,
  Project,
} from "../schemas.ts";

/** Layers, or their MiB, that one user's deletions of classes may have loaded: all of the project's each time, twice. */
const LOADED = { burst: 2_000, perSecond: 20 };

export function projectRoutes({ db, live }: Services): App {
  const app = createRoutes();
  const allow = createAllowance({ ...LOADED, atOnce: 1, refusal: tooOften });
  const security = SIGNED_IN;

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/projects",
      tags: ["Projects"],
      summary: "List projects",
      description: "A project holds classes and images. `default` exists from the first start.",
      security,
      responses: { 200: json(z.array(Project), "The projects you may see"), ...errors(401) },
    }),
    async (c) => {
      const actor = signedIn(c);
      const rows = await listProjects(db);
      return c.json(
        rows.filter((row) => can(actor, "view", { kind: "project", workspaceId: row.workspaceId })),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/projects/{id}/classes",
      tags: ["Classes"],
      summary: "List classes",
      description: "Annotations name a class by its id, so renaming one changes one row.",
      security,
      request: { params: idParam("project", "default") },
      responses: { 200: json(z.array(AnnotationClass), "In order"), ...errors(400, 401, 403, 404) },
    }),
    async (c) => {
      const { row, workspaceId } = await locateProject(db, c.req.valid("param").id);
      authorize(c, "view", { kind: "project", workspaceId });
      return c.json(await listClasses(db, row.id), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/api/projects/{id}/classes",
      tags: ["Classes"],
      summary: "Add a class",
      security,
      request: { params: idParam("project", "default"), body: body(NewClass) },
      responses: { 201: json(AnnotationClass, "The new class"), ...errors(400, 401, 403, 404, 413) },
    }),
    async (c) => {
      const { row: owner, workspaceId } = await locateProject(db, c.req.valid("param").id);
      authorize(c, "manage-classes", { kind: "project", workspaceId });
      const row = await createClass(db, { projectId: owner.id, ...c.req.valid("json") });
      live.announceProject(owner.id, { t: "rows", table: "class", op: "put", row });
      return c.json(row, 201);
    },
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/api/classes/{id}",
      tags: ["Classes"],
      summary: "Change a class",
      security,
      request: { params: idParam("class", "c0l1a2s3s4i5d6x7"), body: body(ClassChange) },
      responses: { 200: json(AnnotationClass, "The changed class"), ...errors(400, 401, 403, 404, 409, 413) },
    }),
    async (c) => {
      const { row: before, workspaceId } = await locateClass(db, c.req.valid("param").id);
      authorize(c, "manage-classes", { kind: "class", workspaceId });
      const rows = await updateClass(db, before.id, c.req.valid("json"));
      for (const row of rows)
        live.announceProject(before.projectId, { t: "rows", table: "class", op: "put", row });
      return c.json(rows[0]!, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/api/classes/{id}",
      tags: ["Classes"],
      summary: "Delete a class",
      description:
        "A class that visible annotations have is refused with their `count` until `reassign` says what becomes of its annotations. Reassigning edits the live documents, so everybody sees it at once. All layers of the project are looked through, so one person deletes one class at a time; after many in a large project: 429.",
      security,
      request: { params: idParam("class", "c0l1a2s3s4i5d6x7"), query: DeleteClassQuery },
      responses: {
        204: { description: "Deleted" },
        ...errors(400, 401, 403, 404, 429),
        409: json(
          ErrorBody,
          "`revision-conflict` with the `current` row, or `class-in-use` with the `count`",
        ),
      },
    }),
    async (c) => {
      const { row: before, workspaceId } = await locateClass(db, c.req.valid("param").id);
      authorize(c, "manage-classes", { kind: "class", workspaceId });
      const { revision, reassign } = c.req.valid("query");
      const userId = signedIn(c).user.id;
      if (reassign !== undefined && reassign !== "none") {
        const target = await getClass(db, reassign);
        if (target.projectId !== before.projectId || target.id === before.id) {
          throw new ServerError("bad-request", `"${target.name}" cannot take over "${before.name}".`, {
            next: "Choose another class of the same project.",
          });
        }
      }
      const row = await allow(userId, async (pay) => {
        const paid = ({ count, cost, failure }: Looked) => {
          pay(cost);
          if (failure) throw failure;
          return count;
        };
        if (reassign === undefined) {
          const count = paid(await live.countClassUses(before.projectId, before.id));
          if (count > 0) throw inUse(before.name, count);
        }
        const deleted = await deleteClass(db, before.id, revision);
        if (reassign !== undefined) {
          const to = reassign === "none" ? null : reassign;
          paid(await live.reassignClass(before.projectId, before.id, to, userId));
        }
        return deleted;
      });
      live.announceProject(before.projectId, { t: "rows", table: "class", op: "delete", row });
      return c.body(null, 204);
    },
  );

  return app;
}

function inUse(name: string, count: number): ServerError {
  const have = count === 1 ? "1 annotation has" : `${count} annotations have`;
  return new ServerError("class-in-use", `${have} the class "${name}".`, {
    next: "Choose a class that takes them over, or make them Unclassified.",
    details: { count },
  });
}

function tooOften(waitMs: number): ServerError {
  return new ServerError("too-many-requests", "Deleting a class looks through all layers of its project.", {
    next:
      waitMs > 0
        ? `You had much looked through just now: try again in ${Math.ceil(waitMs / 1000)} s.`
        : "Wait until the other class that you are deleting is deleted.",
  });
}
