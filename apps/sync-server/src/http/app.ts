import { bodyLimit } from "hono/body-limit";
import { ANONYMOUS } from "../access/can.ts";
import { tokenOf } from "../access/credentials.ts";
import { isServerError, ServerError } from "../errors.ts";
import { Looks } from "../images/looks.ts";
import { isOutage, outageOf, unavailable } from "../store/outage.ts";
import { UPLOADS_PATH } from "../uploads/tus.ts";
import { type App, createRoutes, type Services, signedIn } from "./context.ts";
import { docsRoutes } from "./docs.ts";
import { connectionRoutes } from "./routes/connections.ts";
import { encoderRoutes } from "./routes/encoder.ts";
import { imageRoutes } from "./routes/images.ts";
import { layerRoutes } from "./routes/layers.ts";
import { lookRoutes } from "./routes/look.ts";
import { presetRoutes } from "./routes/presets.ts";
import { previewRoutes } from "./routes/previews.ts";
import { projectRoutes } from "./routes/projects.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { sourceRoutes } from "./routes/source.ts";
import { systemRoutes } from "./routes/system.ts";
import { userRoutes } from "./routes/users.ts";
import { viewRoutes } from "./routes/views.ts";

/** Rows are small. */
const MAX_BODY_BYTES = 64 << 10;
const NAMES_A_ROW =
  /^\/(?:api\/(?:projects|classes|images|layers|connections|views|presets|imports|rooms|models)|data\/images)\/./;
const NEEDS_SESSION = /^\/(api|data)\//;
/** While the database does not answer. */
const RETRY_SECONDS = "5";
const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);

export interface AppParts {
  readonly services: Services;
  /** Looks for new folders under --images and the data folder. */
  refreshFolders(): Promise<void>;
  /** True once the server may be sent work. */
  ready(): Promise<boolean>;
  /** Mounts what is not described by OpenAPI: pixels, the demo, the page. */
  mount(app: App): void;
}

export function createApp({ services, refreshFolders, ready, mount }: AppParts): App {
  const { sessions, origins, log, metrics } = services;
  const app = createRoutes();

  app.onError((error, c) => {
    const outage = isOutage(error);
    const known = isServerError(error) ? error : outage ? unavailable(error) : unexpected(error);
    // What another server does wrong is told to the page; it is no fault of ours.
    if (known.status >= 500 && !known.code.startsWith("upstream-")) {
      metrics.caught.inc({ where: "http" });
      if (outage) outageOf(log).tell(error, "http");
      else log.error({ err: error, method: c.req.method, path: c.req.path }, "request failed");
    }
    const { code, message, next, details } = known;
    if (code === "store-failed") c.header("Retry-After", RETRY_SECONDS);
    // The rest of the body is not read, so nothing more can come over this connection.
    if (code === "too-large") c.header("Connection", "close");
    // A page elsewhere should read what went wrong with its pixels, not "no CORS".
    if (c.req.path.startsWith("/data/")) c.header("Access-Control-Allow-Origin", "*");
    return c.json({ error: { code, message, ...(next ? { next } : {}), ...details } }, known.status as 400);
  });

  app.notFound((c) => {
    const allowed = methodsOf(app, c.req.path);
    if (allowed.length > 0 && !allowed.includes(c.req.method)) {
      const message = `${c.req.path} does not take ${c.req.method}.`;
      const next = `It takes ${allowed.join(", ")}: see /api/docs.`;
      return c.json({ error: { code: "method-not-allowed", message, next } }, 405, {
        Allow: allowed.join(", "),
      });
    }
    return c.json(
      { error: { code: "not-found", message: `There is nothing at ${c.req.path}.`, next: "See /api/docs." } },
      404,
    );
  });

  app.use(async (c, next) => {
    const start = performance.now();
    await next();
    const seconds = (performance.now() - start) / 1000;
    const route = routeName(c.req.path);
    metrics.http.observe({ method: c.req.method, route, status: c.res.status }, seconds);
    log.debug(
      { method: c.req.method, path: c.req.path, status: c.res.status, ms: Math.round(seconds * 1000) },
      "http",
    );
  });

  app.use(async (c, next) => {
    const host = c.req.header("host") ?? null;
    if (!origins.hostAllowed(host)) {
      throw new ServerError("bad-host", `This server does not answer to the name "${host ?? ""}".`, {
        next: "Open it by the address that it printed, or start it with --host 0.0.0.0 to reach it by name.",
      });
    }
    const credential = tokenOf(c.req.raw.headers);
    if (WRITES.has(c.req.method)) {
      const origin = c.req.header("origin") ?? null;
      // Browsers send Origin with every write; a cookie without one is no browser page of ours.
      const missing = origin === null && credential?.from === "cookie";
      if (missing || !origins.originAllowed(origin, host)) {
        throw new ServerError("bad-origin", "This request came from a page of another site.", {
          next: "Programs send `Authorization: Bearer <token>` instead of the cookie.",
        });
      }
    }
    // The page itself and what watches the server need nobody's session: they answer also while the database does not.
    const asks = credential && NEEDS_SESSION.test(c.req.path);
    const actor = (asks && (await sessions.validate(credential.token))) || ANONYMOUS;
    c.set("actor", actor);
    // Before anything is looked up: a stranger must not be told which ids there are.
    if (actor === ANONYMOUS && c.req.method !== "OPTIONS" && NAMES_A_ROW.test(c.req.path)) signedIn(c);
    await next();
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "no-referrer");
    if (c.req.path.startsWith("/api/") && !c.res.headers.has("Cache-Control")) {
      c.header("Cache-Control", "no-store");
    }
  });

  const smallBody = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new ServerError("too-large", `A request may have ${MAX_BODY_BYTES} bytes at most.`, {
        next: "Annotations go through the live rooms, files through /api/uploads, not through here.",
      });
    },
  });
  // Uploads have a limit of their own, and go to the disk as they come.
  app.use((c, next) => (c.req.path.startsWith(`${UPLOADS_PATH}/`) ? next() : smallBody(c, next)));

  const looks = new Looks();
  app.route("/", sessionRoutes(services));
  app.route("/", userRoutes(services));
  app.route("/", projectRoutes(services));
  app.route("/", lookRoutes(services, looks));
  app.route("/", encoderRoutes(services));
  app.route("/", imageRoutes(services, refreshFolders));
  app.route("/", sourceRoutes(services, looks));
  app.route("/", connectionRoutes(services));
  app.route("/", previewRoutes(services));
  app.route("/", layerRoutes(services));
  app.route("/", viewRoutes(services));
  app.route("/", presetRoutes(services));
  app.route("/", systemRoutes(services, ready));
  docsRoutes(app, services.version);
  mount(app);
  return app;
}

function unexpected(error: unknown): ServerError {
  // Hono's own refusals (a body that is no JSON) carry a status.
  const status = (error as { status?: unknown }).status;
  if (typeof status === "number" && status < 500) {
    const { message } = error as Error;
    return new ServerError("bad-request", `${message || "The request was not understood"}.`, {
      next: "See /api/docs for what is expected.",
    });
  }
  return new ServerError("internal", "The server could not do this.", {
    next: "Try again; the server's log says more.",
    cause: error,
  });
}

/** Methods of the API that are there for a path, for which another was asked. */
function methodsOf(app: App, path: string): string[] {
  if (!path.startsWith("/api/")) return [];
  const found = app.routes.filter(
    ({ method, path: pattern }) =>
      method !== "ALL" &&
      pattern.startsWith("/api/") &&
      new RegExp(`^${pattern.replace(/:\w+(\{[^}]*\})?/g, "[^/]+").replace(/\*/g, ".*")}$`).test(path),
  );
  return [...new Set(found.map(({ method }) => method))].sort();
}

const API_PARTS = new Set(
  "sessions session projects classes presets images layers connections views uploads imports rooms models encoder docs openapi.json protocol.md".split(
    " ",
  ),
);

/** A label with few values, whatever strangers ask for: each is kept in memory for good. */
function routeName(path: string): string {
  const [, first = "", second = ""] = path.split("/");
  if (first === "api") return API_PARTS.has(second) ? `/api/${second}` : "/api";
  return first === "data" || first === "demo" ? `/${first}` : "/";
}
