import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const images = fileURLToPath(new URL("../fixtures/images/", import.meta.url));

/** Members of a zip that stores without packing, by name. */
export function storedZip(bytes: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(bytes.length - 22 + 16);
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    const size = bytes.readUInt32LE(at + 24);
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    files.set(bytes.toString("utf8", at + 46, at + 46 + name!), bytes.subarray(start, start + size));
    at += 46 + name! + extra! + comment!;
  }
  return files;
}

export interface FixtureServer {
  readonly url: string;
  /** "GET /path bytes=0-9" of every request, in order. */
  readonly asked: string[];
  /** Status and bytes of every answer, in order. */
  readonly sent: { readonly status: number; readonly bytes: number }[];
  close(): Promise<void>;
}

export interface FixtureServerOptions {
  /** False: the whole file, whatever part was asked for. */
  readonly ranges?: boolean;
  /** Before every answer. */
  readonly delayMs?: number;
  /** False: pages of other sites may not read it. */
  readonly cors?: boolean;
  /** Of the answer for what is not there; some object stores say 403. */
  readonly missing?: number;
  /** Asked for in the header `X-Key`. */
  readonly key?: string;
}

/**
 * Serves tests/fixtures/images: files as they are, and the members of
 * `name.zip` below /name/. A first folder "v0.4" is as if it were not there.
 */
export async function serveFixtures(options: FixtureServerOptions = {}): Promise<FixtureServer> {
  const zips = new Map<string, Map<string, Buffer>>();
  const asked: string[] = [];
  const sent: { status: number; bytes: number }[] = [];
  function find(path: string): Buffer | undefined {
    const parts = path.split("/").filter(Boolean);
    if (parts.includes("..")) return undefined;
    try {
      return readFileSync(join(images, ...parts));
    } catch {
      const [name, ...member] = parts;
      try {
        let zip = zips.get(name!);
        if (!zip) {
          zip = storedZip(readFileSync(join(images, `${name}.zip`)));
          zips.set(name!, zip);
        }
        return zip.get(member.join("/"));
      } catch {
        return undefined;
      }
    }
  }
  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url!, "http://fixtures").pathname);
    const body = find(path.replace(/^\/v0\.4\//, "/"));
    response.on("finish", () => {
      const bytes = Number(response.getHeader("content-length") ?? 0);
      sent.push({ status: response.statusCode, bytes: request.method === "HEAD" ? 0 : bytes });
    });
    if (options.key !== undefined && request.headers["x-key"] !== options.key) {
      response.writeHead(401).end();
      return;
    }
    if (!body) {
      response.writeHead(options.missing ?? 404).end();
      return;
    }
    const range = options.ranges === false ? null : /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
    if (!range) {
      response
        .writeHead(200, { "content-length": body.length })
        .end(request.method === "HEAD" ? undefined : body);
      return;
    }
    const start = range[1] ? Number(range[1]) : Math.max(0, body.length - Number(range[2]));
    const end = range[1] && range[2] ? Math.min(body.length - 1, Number(range[2])) : body.length - 1;
    if (start >= body.length) {
      response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
      return;
    }
    response
      .writeHead(206, {
        "content-range": `bytes ${start}-${end}/${body.length}`,
        "content-length": end - start + 1,
      })
      .end(body.subarray(start, end + 1));
  }
  const server = createServer((request, response) => {
    if (options.cors !== false) response.setHeader("access-control-allow-origin", "*");
    const path = decodeURIComponent(new URL(request.url!, "http://fixtures").pathname);
    asked.push(`${request.method} ${path} ${request.headers.range ?? ""}`.trim());
    if (options.delayMs) setTimeout(() => answer(request, response), options.delayMs);
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    sent,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
