import { setTimeout as after } from "node:timers/promises";
import { createRoute, z } from "@hono/zod-openapi";
import { type App, createRoutes, type Services } from "../context.ts";
import { json } from "../describe.ts";

/** A database that says nothing for so long is not ready: whoever watches this must hear that. */
const PATIENCE_MS = 5_000;

const Health = z.object({ ok: z.boolean() }).openapi("Health");

export function systemRoutes({ metrics }: Services, ready: () => Promise<boolean>): App {
  const app = createRoutes();

  app.openapi(
    createRoute({
      method: "get",
      path: "/healthz",
      tags: ["System"],
      summary: "The process runs",
      responses: { 200: json(Health, "It does") },
    }),
    (c) => c.json({ ok: true }, 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/readyz",
      tags: ["System"],
      summary: "The database answers",
      responses: { 200: json(Health, "It does"), 503: json(Health, "Not yet, or not any more") },
    }),
    async (c) =>
      (await Promise.race([ready(), after(PATIENCE_MS, false, { ref: false })]))
        ? c.json({ ok: true }, 200)
        : c.json({ ok: false }, 503),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/metrics",
      tags: ["System"],
      summary: "Measurements in Prometheus' text format",
      responses: {
        200: { description: "Metrics", content: { "text/plain": { schema: z.string() } } },
      },
    }),
    async (c) =>
      c.text(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType }),
  );

  return app;
}
