import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { comeIn, type Person, startTestServer, type TestServer } from "./harness.ts";

/** Images that the server fetches for the page: from a server without CORS, behind names that only tests resolve. */

const CHUNK = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));
const GROUP = JSON.stringify({
  zarr_format: 3,
  node_type: "group",
  attributes: {
    ome: {
      version: "0.5",
      multiscales: [
        {
          axes: [
            { name: "y", type: "space" },
            { name: "x", type: "space" },
          ],
          datasets: [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1] }] }],
        },
      ],
    },
  },
});
const ARRAY = JSON.stringify({
  zarr_format: 3,
  node_type: "array",
  shape: [50, 100],
  data_type: "uint8",
  chunk_grid: { name: "regular", configuration: { chunk_shape: [50, 100] } },
  chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
  fill_value: 0,
  codecs: [{ name: "bytes" }],
});
const SECRET = "s3cr3t-that-nobody-may-see";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let upstream: Server;
let port: number;
let server: TestServer;
let ada: Person;
/** What the other server was asked, oldest first. */
let asked: IncomingMessage[] = [];
let routes: Record<string, Handler> = {};

const text =
  (body: string | Buffer, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    void response.writeHead(200, { "content-length": Buffer.byteLength(body), ...headers }).end(body);

/** With ranges and an ETag, as object stores answer. */
const file: Handler = (request, response) => {
  const headers = {
    etag: '"v1"',
    "accept-ranges": "bytes",
    "last-modified": "Mon, 23 Nov 2026 12:00:00 GMT",
  };
  if (request.headers["if-none-match"] === '"v1"') return void response.writeHead(304, headers).end();
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
  if (!range) return void response.writeHead(200, { ...headers, "content-length": CHUNK.length }).end(CHUNK);
  const start = range[1] === "" ? CHUNK.length - Number(range[2]) : Number(range[1]);
  const end = range[1] === "" || range[2] === "" ? CHUNK.length - 1 : Number(range[2]);
  if (start >= CHUNK.length) {
    return void response.writeHead(416, { "content-range": `bytes */${CHUNK.length}` }).end();
  }
  response.writeHead(206, {
    ...headers,
    "content-range": `bytes ${start}-${end}/${CHUNK.length}`,
    "content-length": end - start + 1,
  });
  response.end(CHUNK.subarray(start, end + 1));
};

beforeAll(async () => {
  upstream = createServer((request, response) => {
    asked.push(request);
    const { pathname } = new URL(request.url!, "http://upstream");
    const handler = routes[pathname];
    // As object stores say of a missing key when listing is not allowed.
    if (handler) handler(request, response);
    else response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  port = (upstream.address() as AddressInfo).port;
  server = await startTestServer({
    proxyAllow: [`slides.example:${port}`],
    resolver: async () => ["127.0.0.1"],
  });
  ada = await comeIn(server);
});
beforeEach(() => {
  asked = [];
  routes = {
    "/lab/a.zarr/zarr.json": text(GROUP, { "content-type": "application/json" }),
    "/lab/a.zarr/0/zarr.json": text(ARRAY),
    "/lab/a.zarr/0/c/0/0": file,
    "/lab/secret": text(SECRET),
  };
});
afterAll(async () => {
  await server.remove();
  upstream.closeAllConnections();
  upstream.close();
});

const at = (path: string) => `http://slides.example:${port}${path}`;
async function register(path: string, more: object = { via: "server" }) {
  const { status, body } = await ada.call("POST", "/api/images", { name: "A", url: at(path), ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  return body as { id: string; url: string; via: string; origin: string; revision: number };
}
const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(server.url + path, { method, headers: { authorization: `Bearer ${ada.token}`, ...headers } });

test("an image that the server fetches: what the page opens, ranges, ETag, missing chunks", async () => {
  const image = await register("/lab/a.zarr/?sig=hidden");
  expect(image).toMatchObject({
    via: "server",
    url: `/api/images/${image.id}/source/a.zarr`,
    origin: at("/lab/a.zarr/"),
  });
  const metadata = await get(`${image.url}/zarr.json`);
  expect(await metadata.json()).toEqual(JSON.parse(GROUP));
  expect(asked[0]!.url).toBe("/lab/a.zarr/zarr.json?sig=hidden");
  expect(metadata.headers.get("cache-control")).toBe("private, max-age=3600");

  const part = await get(`${image.url}/0/c/0/0`, { range: "bytes=-16" });
  expect(part.status).toBe(206);
  expect(part.headers.get("content-range")).toBe("bytes 4984-4999/5000");
  expect(part.headers.get("etag")).toBe('"v1"');
  expect(part.headers.get("last-modified")).toBe("Mon, 23 Nov 2026 12:00:00 GMT");
  expect(Buffer.from(await part.arrayBuffer())).toEqual(CHUNK.subarray(4984));
  const head = await get(`${image.url}/0/c/0/0`, {}, "HEAD");
  expect([head.status, head.headers.get("content-length")]).toEqual([200, "5000"]);
  expect(asked.at(-1)!.method).toBe("HEAD");
  expect((await get(`${image.url}/0/c/0/0`, { "if-none-match": '"v1"' })).status).toBe(304);
  expect((await get(`${image.url}/0/c/0/0`, { range: "bytes=5000-" })).status).toBe(416);
  expect((await get(`${image.url}/0/c/9/9`)).status).toBe(404);
});

test("who may not see the image gets nothing of it, and nothing is asked", async () => {
  const image = await register("/lab/a.zarr");
  asked = [];
  expect((await fetch(`${server.url}${image.url}/zarr.json`)).status).toBe(401);
  expect(asked).toEqual([]);
});

test("the address is looked at before it is registered", async () => {
  const { status, body } = await ada.call("POST", "/api/images/look", { url: at("/lab/a.zarr") });
  expect([status, body]).toEqual([
    200,
    expect.objectContaining({ reachable: true, status: 200, cors: false, needsServer: true, allowed: true }),
  ]);
  asked = [];
  const no = await ada.call("POST", "/api/images/look", { url: "https://other.example/a.zarr" });
  expect(no.body).toMatchObject({
    allowed: false,
    reachable: false,
    setting: "--allow-host other.example",
  });
  expect(no.body.next).toContain("COSCOPE_PROXY_ALLOW=other.example");
  const refused = await ada.call("POST", "/api/images", {
    name: "B",
    url: "https://other.example/a.zarr",
    via: "server",
  });
  expect(refused).toMatchObject({ status: 403, body: { error: { code: "host-not-allowed" } } });
});

test("a connection's headers are sent and never told; its images go through the server by themselves", async () => {
  routes["/private/b.zarr/zarr.json"] = (request, response) =>
    request.headers["x-api-key"] === SECRET
      ? text(GROUP)(request, response)
      : void response.writeHead(401).end();
  const before = await ada.call("POST", "/api/images/look", { url: at("/private/b.zarr") });
  expect(before.body).toMatchObject({ reachable: false, status: 401 });
  const made = await ada.call("POST", "/api/connections", {
    kind: "headers",
    name: "Lab store",
    prefix: at("/private/"),
    headers: { "X-Api-Key": SECRET },
  });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ name: "Lab store", prefix: at("/private"), headers: ["X-Api-Key"] });
  const image = await register("/private/b.zarr", {});
  expect(image.via).toBe("server");
  expect((await get(`${image.url}/zarr.json`)).status).toBe(200);
  await register("/lab/a.zarr");
  expect((await ada.call("POST", "/api/images/look", { url: at("/private/b.zarr") })).body).toMatchObject({
    reachable: true,
    needsServer: true,
    connection: "Lab store",
  });
  for (const path of ["/api/connections", "/api/images", `/api/images/${image.id}`])
    expect(JSON.stringify(await ada.get(path))).not.toContain(SECRET);
  const again = { kind: "headers", name: "Twice", prefix: at("/private"), headers: { "X-Api-Key": "x" } };
  expect((await ada.call("POST", "/api/connections", again)).body.error.code).toBe("connection-exists");
  expect((await ada.call("DELETE", `/api/connections/${made.body.id}`)).status).toBe(204);
  const without = await get(`${image.url}/zarr.json`);
  expect([without.status, (await without.json()).error.code]).toEqual([502, "upstream-unauthorized"]);
});
