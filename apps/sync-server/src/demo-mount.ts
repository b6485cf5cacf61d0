import type { Logger } from "pino";
import type { DemoRoutes } from "./demo/index.ts";
import type { App } from "./http/context.ts";

/**
 * `/demo/…`: the computed slide. It is the same for everybody and holds nobody's data, so it needs no session.
 * Loaded with the first request, as its threads and tables are only worth having when somebody looks.
 */
export interface Demo {
  mount(app: App): void;
  /** For the server's own readers; null where there is no such thing. */
  read(request: Request): Promise<Response | null>;
  close(): Promise<void>;
}

export function createDemo(log: Logger): Demo {
  let demo: Promise<DemoRoutes | null> | null = null;
  const load = () =>
    import("./demo/index.ts").then(
      (module) => module.demoRoutes(),
      (error: unknown) => {
        log.error({ err: error }, "the demo slide is not available");
        return null;
      },
    );
  async function read(request: Request): Promise<Response | null> {
    demo ??= load();
    return (await (await demo)?.handle(new URL(request.url).pathname, request)) ?? null;
  }
  return {
    read,
    mount(app) {
      app.on(["GET", "HEAD", "OPTIONS"], "/demo/*", async (c) => (await read(c.req.raw)) ?? c.notFound());
    },
    async close() {
      const loaded = await demo;
      demo = Promise.resolve(null);
      await loaded?.close();
    },
  };
}
