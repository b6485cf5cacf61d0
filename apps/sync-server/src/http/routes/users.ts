import { createRoute, z } from "@hono/zod-openapi";
import { inArray } from "drizzle-orm";
import { appUser } from "../../store/schema.ts";
import { type App, createRoutes, type Services, signedIn } from "../context.ts";
import { errors, json, SIGNED_IN } from "../describe.ts";
import { User } from "../schemas.ts";

/** Authors of one image fit; a page asks again for more. */
const MOST = 100;

const Query = z.object({
  ids: z
    .string()
    .max(MOST * 41)
    .regex(/^[A-Za-z0-9_-]{1,40}(,[A-Za-z0-9_-]{1,40})*$/)
    .refine((ids) => ids.split(",").length <= MOST)
    .openapi({
      param: { name: "ids", in: "query" },
      description: `User ids with commas between them, at most ${MOST}.`,
      example: "a1b2c3d4e5f6g7h8",
    }),
});

export function userRoutes({ db }: Services): App {
  const app = createRoutes();
  app.openapi(
    createRoute({
      method: "get",
      path: "/api/users",
      tags: ["Sessions"],
      summary: "Names of users",
      description:
        "Annotations name their authors by id; this says who they are, here or not. Ids that nobody has are left out.",
      security: SIGNED_IN,
      request: { query: Query },
      responses: { 200: json(z.array(User), "Those that are known, in no order"), ...errors(400, 401) },
    }),
    async (c) => {
      signedIn(c);
      const ids = c.req.valid("query").ids.split(",");
      const rows = await db.select().from(appUser).where(inArray(appUser.id, ids));
      return c.json(
        rows.map(({ id, name, color, guest }) => ({ id, name, color, guest })),
        200,
      );
    },
  );
  return app;
}
