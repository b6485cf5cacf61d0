import type { HttpBindings } from "@hono/node-server";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Logger } from "pino";
import { type Action, type Actor, can, type Resource } from "../access/can.ts";
import type { OriginPolicy } from "../access/origin.ts";
import type { SessionActor, Sessions } from "../access/sessions.ts";
import type { Config } from "../config.ts";
import type { Connections } from "../connections/connections.ts";
import type { EncoderService } from "../encoder/service.ts";
import { ServerError } from "../errors.ts";
import type { Guard } from "../fetch/guard.ts";
import type { OwnFiles } from "../images/own-files.ts";
import type { Metrics } from "../metrics.ts";
import type { RowEvent } from "../store/rows.ts";
import type { Database } from "../store/store.ts";
import type { Looked } from "../sync/class-uses.ts";
import type { DurableState } from "../sync/room.ts";

/** What the routes need of the live side. */
export interface Live {
  /** Tells everybody who has the image open. */
  announceImage(imageId: string, event: RowEvent): void;
  /** Tells everybody who has any image of the project open. */
  announceProject(projectId: string, event: RowEvent): void;
  /** Closes the live room of a layer that is no more. */
  closeLayer(layerId: string, reason: string): void;
  /** Throws "too-many-requests" where the user made us load too much for such answers. */
  durable(layer: { id: string; imageId: string; epoch: number }, userId: string): Promise<DurableState>;
  /** How many visible annotations of the project have the class. Loads all of its layers. */
  countClassUses(projectId: string, classId: string): Promise<Looked>;
  /** Gives them another class (null: Unclassified), as edits of `userId` that are saved like any other. */
  reassignClass(projectId: string, classId: string, to: string | null, userId: string): Promise<Looked>;
}

export interface Services {
  readonly config: Config;
  readonly version: string;
  readonly db: Database;
  readonly sessions: Sessions;
  readonly origins: OriginPolicy;
  /** Secret of the join link; null when only this machine reaches the server. */
  readonly joinKey: string | null;
  readonly live: Live;
  /** The way out to addresses that people give; nothing else may fetch them. */
  readonly guard: Guard;
  readonly connections: Connections;
  /** Files that go with their image. */
  readonly ownFiles: OwnFiles;
  readonly encoder: EncoderService;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface Env {
  /** Absent where a request does not come over a socket. */
  Bindings: Partial<HttpBindings> | undefined;
  Variables: { actor: Actor | SessionActor };
}

export type App = OpenAPIHono<Env>;

export function createRoutes(): App {
  return new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const where = issue?.path.length ? `"${issue.path.join(".")}"` : "The request";
      throw new ServerError("bad-request", `${where}: ${issue?.message ?? "not understood"}.`, {
        next: "See /api/docs for what is expected.",
      });
    },
  });
}

/** Throws "unauthenticated" or "forbidden" unless the caller may. */
export function authorize(c: Context<Env>, action: Action, resource: Resource): void {
  const actor = c.get("actor");
  if (can(actor, action, resource)) return;
  if (actor.user === null) throw unauthenticated();
  throw new ServerError("forbidden", `${actor.user.name} may not ${action.replace("-", " ")} here.`, {
    next: "Ask an owner of the workspace.",
  });
}

/** The caller's session; throws "unauthenticated" without one. */
export function signedIn(c: Context<Env>): SessionActor {
  const actor = c.get("actor");
  if (!("sessionId" in actor)) throw unauthenticated();
  return actor;
}

function unauthenticated(): ServerError {
  return new ServerError("unauthenticated", "This needs a session.", {
    next: "Start one with POST /api/sessions/guest, then send its cookie or `Authorization: Bearer <token>`.",
  });
}
