import type { Logger } from "pino";
import type { App } from "./http/context.ts";
import { allowOtherSites } from "./images/serve.ts";

interface DemoRoutes {
  /** null for paths that are not the demo's. `path` starts with "/demo/". */
  handle(path: string, request: Request): Promise<Response | null>;
}

/** `/demo/…`: the computed slide. It is the same for everybody and holds nobody's data, so it needs no session. */
export function mountDemo(app: App, log: Logger): void {
  let demo: Promise<DemoRoutes | null> | null = null;
  const name = "./demo/index.ts";
  const load = () =>
    import(name).then(
      (module: { demoRoutes(): DemoRoutes }) => module.demoRoutes(),
      (error: unknown) => {
        log.error({ err: error }, "the demo slide is not available");
        return null;
      },
    );
  app.on(["GET", "HEAD"], "/demo/*", async (c) => {
    demo ??= load();
    const response = await (await demo)?.handle(new URL(c.req.url).pathname, c.req.raw);
    if (!response) return c.notFound();
    return allowOtherSites(response);
  });
}
