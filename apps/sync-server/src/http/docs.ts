import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { App } from "./context.ts";
import { describeFiles } from "./describe-files.ts";

const PROTOCOL = new URL("../../../../packages/annotations/PROTOCOL.md", import.meta.url);

const DESCRIPTION = `Rows (projects, classes, images, layers) are changed here; annotations are edited live, as
[PROTOCOL.md](/api/protocol.md) describes.

**A client in six steps.** 1. \`POST /api/sessions/guest\` gives a user and a token. 2. \`POST /api/images/{id}/layers\`
makes a layer; its \`room\` is the document's name. 3. Connect an ordinary Yjs provider (y-websocket) to
\`ws://<host>/yjs\` with the room and \`params: { token }\`, or a HocuspocusProvider to \`ws://<host>/collab\` with
\`name: room\` and \`token\`; wait for its first sync. 4. Write the maps of the protocol, in one Yjs transaction an edit,
with your user id as author. 5. The edit is saved when the state vector of
\`GET /api/rooms/{epoch}/{imageId}/{layerId}/durable\`, or of a \`durable\` message on \`/collab\`, covers it. 6. A refused
edit is told by a \`rejected\` message on \`/collab\`, by close code 4422 on \`/yjs\`. The same in code, in JavaScript and
Python, is in §10 of the protocol.

**Changes** of rows send the \`revision\` they were made to; an outdated one is refused with the current row.
**Errors** are \`{"error":{"code","message","next"}}\`; decide by \`code\`. Any request may meet 403 \`bad-host\` (the server
does not answer to the name in \`Host\`), 500 \`internal\` and 503 \`store-failed\`; any GET may be a HEAD. Fields that are
not described are ignored in requests; ignore those that you do not know in answers.`;

/** `/api/openapi.json` and, made from it, `/api/docs` from files of this server alone. */
export function docsRoutes(app: App, version: string): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "cookie", {
    type: "apiKey",
    in: "cookie",
    name: "coscope_session",
    description:
      "Set by `POST /api/sessions/guest`. Writes with it must come from a page of this server. Where an `Authorization: Bearer` comes too, only that counts.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "The `token` of `POST /api/sessions/guest`.",
  });
  describeFiles(app);
  app.doc31("/api/openapi.json", {
    openapi: "3.1.0",
    info: { title: "Coscope", version, description: DESCRIPTION },
    servers: [{ url: "/" }],
    tags: [
      { name: "Sessions", description: "Who is asking." },
      { name: "Projects", description: "Classes and images belong to a project." },
      { name: "Classes", description: "What annotations are of." },
      { name: "Images", description: "Registered pyramids." },
      {
        name: "Connections",
        description:
          "Credentials of servers that this one fetches images from; what is secret in them stays here.",
      },
      { name: "Layers", description: "Named sets of annotations; each is one live document." },
      { name: "Live", description: "What is saved of live documents." },
      { name: "Files", description: "Pixels that this server holds: OME-Zarr, file by file." },
      { name: "System", description: "Health and measurements." },
    ],
  });

  app.get("/api/protocol.md", async (c) =>
    c.body(await readFile(PROTOCOL, "utf8"), 200, { "Content-Type": "text/markdown; charset=utf-8" }),
  );

  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const files: Record<string, string> = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
  };
  app.get("/api/docs", (c) => c.html(PAGE, 200, { "Content-Security-Policy": POLICY }));
  app.get("/api/docs/init.js", (c) =>
    c.body(INIT, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
  );
  app.get("/api/docs/:file", async (c) => {
    const name = c.req.param("file");
    const type = Object.hasOwn(files, name) ? files[name] : undefined;
    if (!type) return c.notFound();
    return c.body(new Uint8Array(await readFile(join(folder, name))), 200, { "Content-Type": type });
  });
}

// Swagger UI styles its elements inline and draws its icons from data: addresses.
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Coscope API</title>
<link rel="icon" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<main id="docs"></main>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/init.js"></script>
</body>
</html>`;

const INIT = `SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#docs", deepLinking: true });`;
