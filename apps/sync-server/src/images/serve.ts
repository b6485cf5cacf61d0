import type { Context } from "hono";
import { type App, authorize, type Env } from "../http/context.ts";
import { findInside, serveFile } from "../http/files.ts";
import { locateImage } from "../store/locate.ts";
import { notFound } from "../store/rows.ts";
import type { Database } from "../store/store.ts";

const PREFIX = /^\/data\/images\/([A-Za-z0-9_-]{1,40})\/(.+)$/;

/** Which image and where its folder is changes rarely; its tiles are asked for by the hundred. */
const FOLDER_CACHE_MS = 5_000;

/**
 * `/data/images/<id>/…`: the files of local images, with ranges for sharded arrays and CORS for other viewers.
 * Who may view the image may read them; other sites' pages cannot, as the cookie is not sent across sites.
 */
export function mountImages(app: App, db: Database): void {
  const folders = new Map<string, { folder: string | null; workspaceId: string; until: number }>();

  async function folderOf(id: string) {
    const cached = folders.get(id);
    if (cached && cached.until > Date.now()) return cached;
    folders.delete(id);
    const { folder, workspaceId } = await locateImage(db, id);
    const found = { folder, workspaceId, until: Date.now() + FOLDER_CACHE_MS };
    folders.set(id, found);
    return found;
  }

  async function serve(c: Context<Env>): Promise<Response> {
    const url = new URL(c.req.url);
    const match = PREFIX.exec(url.pathname);
    if (!match) throw notFound("file", url.pathname);
    const [, id = "", encoded = ""] = match;
    const { folder, workspaceId } = await folderOf(id);
    authorize(c, "view", { kind: "image", workspaceId });
    const path = decode(encoded);
    const found = folder === null || path === null ? null : await findInside(folder, path);
    // Zarr readers ask for chunks that do not exist: 404 means "fill value".
    if (!found) return allowOtherSites(new Response(null, { status: 404 }));
    const isMetadata = /\.(json|xml)$|(^|\/)\.z(array|attrs|group|metadata)$/.test(found.file);
    const response = serveFile(c.req.raw, found, {
      type: isMetadata ? "application/json" : "application/octet-stream",
      cacheControl: isMetadata ? "private, no-cache" : "private, max-age=3600",
    });
    return allowOtherSites(response);
  }

  app.on(["GET", "HEAD"], "/data/*", serve);
  app.options("/data/*", () =>
    allowOtherSites(
      new Response(null, {
        status: 204,
        headers: {
          "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
          "Access-Control-Allow-Headers": "Authorization, Range, If-None-Match, If-Range",
          "Access-Control-Max-Age": "86400",
        },
      }),
    ),
  );
}

/** No credentials across sites: a page elsewhere needs a token of its own. */
function allowOtherSites(response: Response): Response {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set("Access-Control-Expose-Headers", "Content-Range, Content-Length, ETag, Accept-Ranges");
  response.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  return response;
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
