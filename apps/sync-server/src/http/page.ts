import type { Context } from "hono";
import type { App, Env } from "./context.ts";
import { findInside, serveFile } from "./files.ts";

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
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
 * Images come from anywhere, so `connect-src` is open; scripts only from here. Cross-Origin-Opener-Policy keeps
 * other sites' windows away. Cross-Origin-Embedder-Policy is left out: only threads in WebAssembly need it, and
 * nothing here uses those yet.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "connect-src *",
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
 * The built page from `dir`: hashed assets are cached for good, everything else is asked for again, and a path
 * without a file extension is the page itself. Compressed copies beside a file (`.br`, `.gz`) are preferred.
 */
export function mountPage(app: App, dir: string): void {
  app.on(["GET", "HEAD"], "*", async (c) => {
    const path = decodePath(new URL(c.req.url).pathname);
    if (path === null || path.startsWith("api/") || path === "collab") return c.notFound();
    const wanted = path === "" ? "index.html" : path;
    const exact = await findInside(dir, wanted);
    if (exact) return answer(c, dir, wanted);
    const isPage = !/\.[A-Za-z0-9]+$/.test(wanted);
    if (!isPage) return c.notFound();
    if (await findInside(dir, "index.html")) return answer(c, dir, "index.html");
    return c.text(
      "The page is not built. Run `npm start`, which builds it, or `npx vite build` in apps/web.\n",
      503,
    );
  });
}

async function answer(c: Context<Env>, dir: string, path: string): Promise<Response> {
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const type = TYPES[extension] ?? "application/octet-stream";
  const immutable = path.startsWith("assets/");
  const accepted = c.req.header("accept-encoding") ?? "";
  let found = (await findInside(dir, path))!;
  let encoding: string | null = null;
  for (const [name, suffix] of [
    ["br", ".br"],
    ["gzip", ".gz"],
  ] as const) {
    if (!accepted.includes(name) || c.req.header("range")) continue;
    const compressed = await findInside(dir, path + suffix);
    // An older copy belongs to an earlier build.
    if (!compressed || compressed.stats.mtimeMs < found.stats.mtimeMs) continue;
    found = compressed;
    encoding = name;
    break;
  }
  const response = serveFile(c.req.raw, found, {
    type,
    cacheControl: immutable ? "public, max-age=31536000, immutable" : "no-cache",
  });
  const { headers } = response;
  if (encoding) headers.set("Content-Encoding", encoding);
  headers.set("Vary", "Accept-Encoding");
  if (extension === "html")
    for (const [name, value] of Object.entries(PAGE_HEADERS)) headers.set(name, value);
  return response;
}

function decodePath(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname).replace(/^\/+/, "");
  } catch {
    return null;
  }
}
