import { stat } from "node:fs/promises";
import type { Connections } from "../connections/connections.ts";
import { ServerError } from "../errors.ts";
import type { Guard } from "../fetch/guard.ts";
import { findInside, serveFile } from "../http/files.ts";
import { remoteFetch } from "../images/remote-fetch.ts";
import { locateImage } from "../store/locate.ts";
import type { Database } from "../store/store.ts";
import { type ImageRef, SITE } from "./messages.ts";

export interface PixelsOptions {
  readonly db: Database;
  readonly guard: Guard;
  readonly connections: Connections;
  /** Answers `/demo/…`; null where there is no such thing. */
  readonly demo: (request: Request) => Promise<Response | null>;
}

/** Bytes of images for the worker: from the disk, the demo, or another server that the operator allows. */
export interface Pixels {
  /** Where an image is, as of now. Throws "not-found", "host-not-allowed", "address-refused". */
  locate(imageId: string): Promise<ImageRef>;
  /** What the readers ask for while they read the image `key`, and nothing else. */
  fetch(key: string, request: Request): Promise<Response>;
}

interface Known {
  readonly read: (request: Request) => Promise<Response>;
}

const MOST_KNOWN = 1_000;
/** A chunk of an image elsewhere. */
const REMOTE_MS = 30_000;
const REMOTE_BYTES = 96 * 2 ** 20;

export function createPixels({ db, guard, connections, demo }: PixelsOptions): Pixels {
  const known = new Map<string, Known>();

  function remember(key: string, read: Known["read"]): void {
    known.delete(key);
    known.set(key, { read });
    if (known.size > MOST_KNOWN) known.delete(known.keys().next().value as string);
  }

  return {
    async locate(imageId) {
      const { row, address, folder, workspaceId } = await locateImage(db, imageId);
      if (/^https?:/.test(address)) {
        refuseUnlessAllowed(guard, address);
        const read = remoteFetch({
          guard,
          connections,
          workspaceId,
          totalMs: REMOTE_MS,
          maxBytes: REMOTE_BYTES,
        });
        const key = `${imageId} ${address}`;
        remember(key, ({ url, method, headers, signal }) => read(url, { method, headers, signal }));
        return { key, url: address };
      }
      const key = `${imageId} ${folder ?? address}`;
      const url = SITE + row.url;
      if (folder !== null) {
        const prefix = `/data/images/${imageId}/`;
        remember(key, (request) => fromFolder(folder, prefix, request));
      } else remember(key, async (request) => (await demo(request)) ?? new Response(null, { status: 404 }));
      return { key, url };
    },

    async fetch(key, request) {
      const place = known.get(key);
      if (!place) throw new Error("this image is not being read");
      return place.read(request);
    },
  };
}

/** Who has the page open may still read it there: in private mode. */
function refuseUnlessAllowed(guard: Guard, address: string): void {
  try {
    guard.check(address);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const { code, message, next, details } = error;
    throw new ServerError(code, message, {
      next: `${next ?? ""} Private mode outlines in your browser, without the server.`.trim(),
      details,
    });
  }
}

async function fromFolder(folder: string, prefix: string, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const path = pathname.startsWith(prefix) ? decoded(pathname.slice(prefix.length)) : null;
  const found = path === null ? null : await findInside(folder, path);
  if (!found) {
    // A missing chunk is empty; of a folder that is gone all would be.
    if (!(await stat(folder).catch(() => null))) throw new Error("the image's files are gone");
    return new Response(null, { status: 404 });
  }
  return serveFile(request, found, { type: "application/octet-stream", cacheControl: "no-store" });
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
