import { createRoute } from "@hono/zod-openapi";
import { createKeyedBucket } from "../../bucket.ts";
import { isServerError, ServerError } from "../../errors.ts";
import { lookAt } from "../../images/look.ts";
import type { Looks } from "../../images/looks.ts";
import { checkImageUrl } from "../../images/url.ts";
import { DEFAULT_WORKSPACE } from "../../store/workspaces.ts";
import { Look, LookRequest } from "../connection-schemas.ts";
import { type App, authorize, createRoutes, type Services, signedIn } from "../context.ts";
import { body, errors, json, SIGNED_IN } from "../describe.ts";

/** A person tries a few addresses; a program that looks for open ones tries many. */
const BURST = 20;
const PER_SECOND = 0.5;

export function lookRoutes({ guard, connections }: Services, looks: Looks): App {
  const app = createRoutes();
  const take = createKeyedBucket(BURST, PER_SECOND);

  app.openapi(
    createRoute({
      method: "post",
      path: "/api/images/look",
      tags: ["Images"],
      summary: "Look at an address that the page cannot open",
      description:
        'Asks the address from this server, where the operator allows it: is there an image, and would it be read with `via: "server"`? Nothing is registered. Where it is not allowed nothing is asked, and `setting` says what the operator would add.',
      security: SIGNED_IN,
      request: { body: body(LookRequest) },
      responses: { 200: json(Look, "What is there"), ...errors(400, 401, 403, 413, 429) },
    }),
    async (c) => {
      authorize(c, "manage-images", { kind: "workspace", workspaceId: DEFAULT_WORKSPACE });
      const address = checkImageUrl(c.req.valid("json").url);
      if (!take(signedIn(c).user.id)) {
        throw new ServerError("too-many-requests", "Too many addresses at once.", {
          next: "Wait a few seconds.",
        });
      }
      if (!/^https?:/.test(address)) {
        throw new ServerError("bad-request", "This address is this server's own: the page opens it.", {
          next: "Open it as it is.",
        });
      }
      try {
        guard.check(address);
      } catch (error) {
        if (!isServerError(error)) throw error;
        const { message: reason, next, details } = error;
        return c.json(
          {
            reachable: false,
            status: null,
            cors: null,
            ranges: null,
            needsServer: false,
            allowed: false,
            connection: null,
            reason,
            ...(next ? { next } : {}),
            ...(typeof details["setting"] === "string" ? { setting: details["setting"] } : {}),
          },
          200,
        );
      }
      const workspaceId = DEFAULT_WORKSPACE;
      const origin = c.req.header("origin") ?? new URL(c.req.url).origin;
      const answer = await lookAt(address, {
        guard,
        connections,
        workspaceId,
        origin,
        signal: c.req.raw.signal,
      });
      if (!answer.needsServer) return c.json(answer, 200);
      const through = looks.add(address, { workspaceId, userId: signedIn(c).user.id });
      return c.json({ ...answer, through }, 200);
    },
  );

  return app;
}
