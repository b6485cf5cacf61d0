import { createRoute } from "@hono/zod-openapi";
import { endedCookie, sameSecret, sessionCookie } from "../../access/credentials.ts";
import { createKeyedBucket } from "../../bucket.ts";
import { ServerError } from "../../errors.ts";
import { type App, createRoutes, type Services, signedIn } from "../context.ts";
import { body, errors, json, SIGNED_IN } from "../describe.ts";
import { GuestRequest, GuestSession, SessionInfo, UserAnswer, UserChange } from "../schemas.ts";

const tags = ["Sessions"];

/** Sessions for one address: a class of students at once, then one every two seconds. */
const KNOCKS = 100;
const KNOCKS_PER_SECOND = 0.5;

export function sessionRoutes({ sessions, joinKey, version }: Services): App {
  const app = createRoutes();
  const server = { version, joinKeyRequired: joinKey !== null };
  const mayKnock = createKeyedBucket(KNOCKS, KNOCKS_PER_SECOND);
  const secure = (headers: Headers) => headers.get("x-forwarded-proto") === "https";

  app.openapi(
    createRoute({
      method: "post",
      path: "/api/sessions/guest",
      tags,
      summary: "Come in as a guest",
      description:
        "Makes a user and a session. The cookie is for pages, the token for programs. An address may do so about a hundred times at once, then every two seconds.",
      request: { body: body(GuestRequest) },
      responses: { 201: json(GuestSession, "The new session"), ...errors(400, 403, 413, 429) },
    }),
    async (c) => {
      if (!mayKnock(c.env?.incoming?.socket.remoteAddress ?? "")) {
        throw new ServerError("too-many-requests", "Too many people came in from this address at once.", {
          next: "Wait a minute and try again.",
        });
      }
      const { name, color, key } = c.req.valid("json");
      if (joinKey !== null && !sameSecret(key ?? "", joinKey)) {
        throw new ServerError(
          "join-key-required",
          key ? "This join link is not valid here." : "This needs a join link.",
          {
            next: "Ask whoever runs this Coscope for its link: it is printed when the server starts.",
          },
        );
      }
      const { actor, token } = await sessions.startGuest({ name, color });
      c.header("Set-Cookie", sessionCookie(token, secure(c.req.raw.headers)));
      return c.json({ user: actor.user, token }, 201);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/api/session",
      tags,
      summary: "Who am I",
      security: SIGNED_IN,
      responses: { 200: json(SessionInfo, "The session's user, and the server"), ...errors(401) },
    }),
    (c) => c.json({ user: signedIn(c).user, server }, 200),
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/api/session",
      tags,
      summary: "Change my name or colour",
      security: SIGNED_IN,
      request: { body: body(UserChange) },
      responses: { 200: json(UserAnswer, "The changed user"), ...errors(400, 401, 403, 413) },
    }),
    async (c) => c.json({ user: await sessions.updateUser(signedIn(c), c.req.valid("json")) }, 200),
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/api/session",
      tags,
      summary: "Leave",
      description: "Ends the session and closes its live sockets at once.",
      security: SIGNED_IN,
      responses: { 204: { description: "Ended" }, ...errors(401, 403) },
    }),
    async (c) => {
      await sessions.end(signedIn(c).sessionId);
      c.header("Set-Cookie", endedCookie(secure(c.req.raw.headers)));
      return c.body(null, 204);
    },
  );

  return app;
}
