import { createRoute, z } from "@hono/zod-openapi";
import { normalPrefix } from "../../connections/prefix.ts";
import type { ConnectionSecret } from "../../connections/secrets.ts";
import { ServerError } from "../../errors.ts";
import { DEFAULT_WORKSPACE } from "../../store/workspaces.ts";
import { Connection, NewConnection } from "../connection-schemas.ts";
import { type App, authorize, createRoutes, type Services, signedIn } from "../context.ts";
import { body, errors, json, SIGNED_IN } from "../describe.ts";
import { ErrorBody, idParam } from "../schemas.ts";

const tags = ["Connections"];
const security = SIGNED_IN;
/** Connections belong to a workspace; the API knows one so far. */
const here = { kind: "connection", workspaceId: DEFAULT_WORKSPACE } as const;
const MAX_CONNECTIONS = 200;

/** Headers that are the business of the request itself. */
const NOT_CREDENTIALS =
  /^(host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-.*|accept-encoding|range|if-.*|proxy-.*|x-forwarded-.*|forwarded|via)$/i;

export function connectionRoutes({ guard, connections }: Services): App {
  const app = createRoutes();

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/connections",
      tags,
      summary: "List connections",
      description: "Without what is secret in them: that is never sent.",
      security,
      responses: { 200: json(z.array(Connection), "Oldest first"), ...errors(401, 403) },
    }),
    async (c) => {
      authorize(c, "manage-connections", here);
      return c.json(await connections.list(here.workspaceId), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/api/connections",
      tags,
      summary: "Add credentials for a server",
      description:
        "Headers, or S3 keys with which requests are signed (SigV4). They are kept on this server, sealed with a key outside the database, and sent to addresses under `prefix` only; everybody in the workspace sees the images behind them. The operator must allow the host (`--allow-host`).",
      security,
      request: { body: body(NewConnection) },
      responses: {
        201: json(Connection, "The new connection, without its secret"),
        ...errors(400, 401, 403, 413),
        409: json(ErrorBody, "The prefix has one already: `connection-exists`"),
      },
    }),
    async (c) => {
      authorize(c, "manage-connections", here);
      const fields = c.req.valid("json");
      const { url } = guard.check(fields.prefix);
      const prefix = normalPrefix(url);
      if ((await connections.list(here.workspaceId)).length >= MAX_CONNECTIONS) {
        throw new ServerError("bad-request", `There are ${MAX_CONNECTIONS} connections already.`, {
          next: "Delete some that nobody needs.",
        });
      }
      const row = await connections.create({
        workspaceId: here.workspaceId,
        name: fields.name,
        prefix,
        secret: secretOf(fields),
        createdBy: signedIn(c).user.id,
      });
      return c.json(row, 201);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/api/connections/{id}",
      tags,
      summary: "Delete a connection",
      description: "Erases its credentials. Images that need them no longer open.",
      security,
      request: { params: idParam("connection", "c0n1n2e3c4t5i6o7") },
      responses: { 204: { description: "Deleted" }, ...errors(400, 401, 403, 404) },
    }),
    async (c) => {
      authorize(c, "manage-connections", here);
      await connections.remove(c.req.valid("param").id, here.workspaceId);
      return c.body(null, 204);
    },
  );

  return app;
}

function secretOf(fields: z.infer<typeof NewConnection>): ConnectionSecret {
  if (fields.kind === "s3") {
    const { accessKeyId, secretAccessKey, sessionToken, region } = fields;
    return { kind: "s3", accessKeyId, secretAccessKey, sessionToken, region };
  }
  const names = Object.keys(fields.headers);
  const wrong = names.find((header) => NOT_CREDENTIALS.test(header));
  if (wrong !== undefined || names.length === 0 || names.length > 20) {
    throw new ServerError(
      "bad-request",
      wrong === undefined
        ? `A connection has 1 to 20 headers, not ${names.length}.`
        : `"${wrong}" is no credential.`,
      { next: "Give headers such as Authorization, X-Api-Key or Cookie." },
    );
  }
  return { kind: "headers", headers: fields.headers };
}
