import type { Context } from "hono";
import { CompressedFiles, encodingFor } from "./compressed.ts";
import type { App, Env } from "./context.ts";
import { type FoundFile, findInside, serveFile } from "./files.ts";

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  webp: "image/webp",
  woff2: "font/woff2",
  wasm: "application/wasm",
  txt: "text/plain; charset=utf-8",
  map: "application/json",
};

/**
 * Images come from anywhere, so `connect-src` is open; "data:" is how the zstd decoder loads its own code. Scripts only from here. Cross-Origin-Opener-Policy keeps
 * other sites' windows away.
 */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "connect-src * data:",
    "img-src 'self' data: blob:",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
};

/**
 * With the opener policy it isolates the page, so that WebAssembly may use threads. Images of other sites still come:
 * without cookies. Workers need it on their own scripts too. Where a browser does not know it, there is one thread.
 */
const ISOLATION = { "Cross-Origin-Embedder-Policy": "credentialless" } as const;

export interface PageOptions {
  /** False leaves the embedder policy out: one thread, and a page that other sites' pages may embed things into. */
  readonly isolated: boolean;
}

/** Programs live there: a mistyped address must not answer with the page. */
const NOT_PAGES = /^(api|collab|yjs)(\/|$)/;
const COMPRESSIBLE = new Set(["html", "js", "mjs", "css", "json", "svg", "wasm", "txt", "map"]);

/**
 * The built page from `dir`: hashed assets are cached for good, everything else is asked for again, and a path
 * without a file extension is the page itself.
 */
export function mountPage(app: App, dir: string, { isolated }: PageOptions = { isolated: true }): void {
  const compressed = new CompressedFiles();

  app.on(["GET", "HEAD"], "*", async (c) => {
    const path = decodePath(new URL(c.req.url).pathname);
    if (path === null || NOT_PAGES.test(path)) return c.notFound();
    const wanted = path === "" ? "index.html" : path;
    const exact = await findInside(dir, wanted);
    if (exact) return answer(c, wanted, exact);
    if (/\.[A-Za-z0-9]+$/.test(wanted)) return c.notFound();
    const page = await findInside(dir, "index.html");
    if (page) return answer(c, "index.html", page);
    return c.text("The page is not built. Run `npm start`, which builds it.\n", 503);
  });

  async function answer(c: Context<Env>, path: string, found: FoundFile): Promise<Response> {
    const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
    const response = serveFile(c.req.raw, found, {
      type: TYPES[extension] ?? "application/octet-stream",
      cacheControl: path.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    });
    const { headers } = response;
    if (extension === "html")
      for (const [name, value] of Object.entries(PAGE_HEADERS)) headers.set(name, value);
    if (isolated && (extension === "html" || extension === "js" || extension === "mjs"))
      for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
    if (!COMPRESSIBLE.has(extension)) return response;
    headers.set("Vary", "Accept-Encoding");
    const encoding = encodingFor(c.req.header("accept-encoding") ?? null);
    if (response.status !== 200 || c.req.method === "HEAD" || !encoding) return response;
    const bytes = await compressed.get(found.file, found.stats.size, headers.get("etag")!, encoding);
    if (!bytes) return response;
    await response.body?.cancel();
    headers.set("Content-Encoding", encoding);
    headers.set("Content-Length", String(bytes.byteLength));
    // A range of the plain file cannot be asked for by the compressed one's ETag.
    headers.delete("Accept-Ranges");
    headers.set("ETag", `W/${headers.get("etag")}`);
    return new Response(bytes, { headers });
  }
}

function decodePath(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname).replace(/^\/+/, "");
  } catch {
    return null;
  }
}
