import type { Logger } from "pino";
import type { DemoRoutes } from "./demo/index.ts";
import type { App } from "./http/context.ts";

/**
 * `/demo/…`: the computed slide. It is the same for everybody and holds nobody's data, so it needs no session.
 * Loaded with the first request, as its threads and tables are only worth having when somebody looks.
 * Returns what stops it.
 */
export function mountDemo(app: App, log: Logger): () => Promise<void> {
  let demo: Promise<DemoRoutes | null> | null = null;
  const load = () =>
    import("./demo/index.ts").then(
      (module) => module.demoRoutes(),
      (error: unknown) => {
        log.error({ err: error }, "the demo slide is not available");
        return null;
      },
    );
  app.on(["GET", "HEAD", "OPTIONS"], "/demo/*", async (c) => {
    demo ??= load();
    const response = await (await demo)?.handle(new URL(c.req.url).pathname, c.req.raw);
    return response ?? c.notFound();
  });
  return async () => {
    const loaded = await demo;
    demo = Promise.resolve(null);
    await loaded?.close();
  };
}
