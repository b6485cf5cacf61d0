import {
  createServer,
  type IncomingMessage,
  request as rawRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { connection } from "@coscope/sync-server/store/schema.ts";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { comeIn, type Person, startTestServer, type TestServer, until } from "./harness.ts";

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
/** Everything that the server has logged, as chatty as it can be. */
let logged = "";

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
  const destination = new Writable({
    write(chunk, _, done) {
      logged += chunk;
      done();
    },
  });
  server = await startTestServer({
    log: pino({ level: "trace" }, destination),

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
  expect(metadata.headers.get("cache-control")).toBe("private, no-cache");

  const part = await get(`${image.url}/0/c/0/0`, { range: "bytes=-16" });
  expect(part.status).toBe(206);
  expect(part.headers.get("content-range")).toBe("bytes 4984-4999/5000");
  expect(part.headers.get("etag")).toBe('"v1"');
  expect(part.headers.get("cache-control")).toBe("private, max-age=3600");
  expect(part.headers.get("last-modified")).toBe("Mon, 23 Nov 2026 12:00:00 GMT");
  expect(Buffer.from(await part.arrayBuffer())).toEqual(CHUNK.subarray(4984));
  const head = await get(`${image.url}/0/c/0/0`, {}, "HEAD");
  expect([head.status, head.headers.get("content-length")]).toEqual([200, "5000"]);
  expect(asked.at(-1)!.method).toBe("HEAD");
  expect((await get(`${image.url}/0/c/0/0`, { "if-none-match": '"v1"' })).status).toBe(304);
  expect((await get(`${image.url}/0/c/0/0`, { range: "bytes=5000-" })).status).toBe(416);
  expect((await get(`${image.url}/0/c/9/9`)).status).toBe(404);
  const measured = await (await get("/metrics")).text();
  for (const outcome of [200, 206, 304, 404, 416])
    expect(measured).toContain(`coscope_fetched_total{outcome="${outcome}"}`);
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

test.each([
  "/../../lab/secret",
  "/a.zarr/../secret",
  "/a.zarr/%2e%2e/secret",
  "/a.zarr/..%2fsecret",
  "/a.zarr/..%5csecret",
  "/a.zarr/%252e%252e%252fsecret",
  "/a.zarr/..%00/secret",
  "/secret",
  "//secret",
  "/a.zarr\\..\\secret",
  "/http://slides.example/lab/secret",
  "",
])("%s leads to nothing but the image", async (path) => {
  const image = await register("/lab/a.zarr");
  asked = [];
  // fetch would resolve the dots itself.
  const { hostname, port: own } = new URL(server.url);
  const call = rawRequest({
    host: hostname,
    port: own,
    path: `/api/images/${image.id}/source${path}`,
    headers: { authorization: `Bearer ${ada.token}` },
  });
  const [status, body] = await new Promise<[number, string]>((resolve, reject) => {
    call.on("error", reject).on("response", async (response) => {
      let all = "";
      for await (const chunk of response) all += chunk;
      resolve([response.statusCode!, all]);
    });
    call.end();
  });
  expect(body).not.toContain(SECRET);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(asked.map((request) => request.url)).toEqual([]);
});

test("a page of the other server does not run as one of ours", async () => {
  routes["/lab/a.zarr/page"] = text("<script>alert(1)</script>", {
    "content-type": "text/html",
    "set-cookie": "coscope_session=evil",
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=999999999",
  });
  const image = await register("/lab/a.zarr");
  const { headers } = await get(`${image.url}/page`);
  expect(headers.get("content-type")).toBe("application/octet-stream");
  expect(headers.get("content-security-policy")).toContain("sandbox");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.getSetCookie()).toEqual([]);
  expect(headers.get("access-control-allow-origin")).toBeNull();
  expect(headers.get("cache-control")).toBe("private, max-age=86400");
});

test.each([
  [403, 404, null],
  [410, 404, null],
  [401, 502, "upstream-unauthorized"],
  [500, 502, "upstream-failed"],
  [204, 502, "upstream-failed"],
])("status %i of the other server becomes %i", async (theirs, ours, code) => {
  routes["/lab/a.zarr/x"] = (_, response) => void response.writeHead(theirs).end();
  const image = await register("/lab/a.zarr");
  const { status, body } = await ada.call("GET", `${image.url}/x`);
  expect([status, body?.error?.code ?? null]).toEqual([ours, code]);
});

test("a busy server is asked again; one that stays busy is said to be", async () => {
  let busy = 1;
  routes["/lab/a.zarr/x"] = (_, response) =>
    void (busy-- > 0 ? response.writeHead(503).end() : response.end("there"));
  const image = await register("/lab/a.zarr");
  expect(await (await get(`${image.url}/x`)).text()).toBe("there");
  busy = 100;
  asked = [];
  const { status, body } = await ada.call("GET", `${image.url}/x`);
  expect([status, body.error.code, asked.length]).toEqual([502, "upstream-failed", 3]);
});

test("a redirect to where the server may not go is an error, not missing pixels", async () => {
  routes["/lab/a.zarr/x"] = (_, response) =>
    void response.writeHead(302, { location: `http://127.0.0.1:${port}/lab/secret` }).end();
  routes["/lab/a.zarr/y"] = (_, response) =>
    void response.writeHead(302, { location: "https://elsewhere.example/y" }).end();
  const image = await register("/lab/a.zarr");
  const refused = await ada.call("GET", `${image.url}/x`);
  expect([refused.status, refused.body.error.code]).toEqual([502, "address-refused"]);
  const unknown = await ada.call("GET", `${image.url}/y`);
  expect([unknown.status, unknown.body.error.code]).toEqual([502, "host-not-allowed"]);
  expect(unknown.body.error.next).toContain("--allow-host elsewhere.example");
});

test("who leaves takes the request to the other server along", async () => {
  routes["/lab/a.zarr/x"] = (_, response) =>
    void response.writeHead(200, { "content-length": 10 ** 9 }).write(Buffer.alloc(1000));
  routes["/lab/a.zarr/silent"] = () => {};
  const image = await register("/lab/a.zarr");
  asked = [];
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${ada.token}` };
  const response = await fetch(`${server.url}${image.url}/x`, { headers, signal: stop.signal });
  await response.body!.getReader().read();
  const silent = fetch(`${server.url}${image.url}/silent`, { headers, signal: stop.signal });
  silent.catch(() => {});
  await until(() => asked.length === 2);
  stop.abort();
  await until(() => asked.every((request) => request.socket.destroyed));
});

test("what is sent slowly is held up here, not kept", async () => {
  let sent = 0;
  routes["/lab/a.zarr/x"] = (_, response) => {
    response.writeHead(200, { "content-length": 2 ** 28 });
    const more = () => {
      while (sent < 2 ** 28 && response.write(Buffer.alloc(2 ** 16))) sent += 2 ** 16;
    };
    response.on("drain", more);
    more();
  };
  const image = await register("/lab/a.zarr");
  asked = [];
  const response = await get(`${image.url}/x`);
  const reader = response.body!.getReader();
  await reader.read();
  await until(() => asked[0]!.socket.writableNeedDrain);
  expect(sent).toBeLessThan(2 ** 27);
  await reader.cancel();
  await until(() => asked[0]!.socket.destroyed);
});

test("an image changes hands between page and server", async () => {
  const direct = await register("/lab/a.zarr?sig=hidden", { via: "direct" });
  expect(direct).toMatchObject({
    via: "direct",
    url: at("/lab/a.zarr?sig=hidden"),
    origin: at("/lab/a.zarr"),
  });
  expect((await get(`/api/images/${direct.id}/source/a.zarr/zarr.json`)).status).toBe(404);
  const change = { via: "server", revision: direct.revision };
  const { body } = await ada.call("PATCH", `/api/images/${direct.id}`, change);
  expect(body).toMatchObject({ via: "server", url: `/api/images/${direct.id}/source/a.zarr` });
  expect(JSON.stringify(body)).not.toContain("hidden");
  // Back again, everybody would see the signature.
  const back = await ada.call("PATCH", `/api/images/${direct.id}`, {
    via: "direct",
    revision: body.revision,
  });
  expect([back.status, JSON.stringify(back.body).includes("hidden")]).toEqual([400, false]);
  const plain = await register("/lab/a.zarr");
  const changed = { via: "direct", revision: plain.revision };
  expect((await ada.call("PATCH", `/api/images/${plain.id}`, changed)).body).toMatchObject({
    via: "direct",
    url: at("/lab/a.zarr"),
  });
});

test("what is on this server needs nobody to fetch it", async () => {
  const { status } = await ada.call("POST", "/api/images", {
    name: "D",
    url: "/demo/slide.zarr",
    via: "server",
  });
  expect(status).toBe(400);
  expect((await ada.get("/api/images/demo")).via).toBe("direct");
});

test.each([
  ["a line break in a header", { headers: { Authorization: "a\r\nX: y" } }],
  ["a header that is none", { headers: { "X Y": "z" } }],
  ["the Host header", { headers: { Host: "evil.example" } }],
  ["no header", { headers: {} }],
  ["a host that is not allowed", { prefix: "https://other.example/" }],
  ["a password in the address", { prefix: "https://a:b@slides.example/" }],
])("a connection with %s is refused, and not repeated", async (_name, change) => {
  const base = { kind: "headers", name: "C", prefix: at("/c"), headers: { Authorization: SECRET } };
  const { status, body } = await ada.call("POST", "/api/connections", { ...base, ...change });
  expect([400, 403]).toContain(status);
  expect(JSON.stringify(body)).not.toMatch(/X: y|s3cr3t/);
});

test("secrets are in no row, no event, no log, and in the database only sealed", async () => {
  const viewer = await comeIn(server, "Vic");
  const socket = await viewer.raw();
  await socket.lookAt("demo");
  const keys = { accessKeyId: "AKIDSECRET", secretAccessKey: SECRET, sessionToken: `${SECRET}-token` };
  const made = await ada.call("POST", "/api/connections", {
    kind: "s3",
    name: "Keys",
    prefix: at("/keys"),
    ...keys,
  });
  expect(made.status).toBe(201);
  routes["/keys/k.zarr/zarr.json"] = (_, response) => void response.writeHead(500).end();
  const image = await register(`/keys/k.zarr?X-Amz-Signature=${SECRET}`, {});
  await until(() => JSON.stringify(socket.of("event")).includes(image.id));
  expect((await ada.call("GET", `${image.url}/zarr.json`)).status).toBe(502);
  expect(asked.at(-1)!.headers.authorization).toContain("AKIDSECRET");
  const rows = JSON.stringify(await server.store.db.select().from(connection));
  expect(rows).toContain("Keys");
  const bytes = (await server.store.db.select().from(connection)).map((row) => Buffer.from(row.sealed));
  expect(logged).toContain("/api/connections");
  for (const text of [
    rows,
    Buffer.concat(bytes).toString("latin1"),
    logged,
    JSON.stringify(await ada.get("/api/images")),
    Buffer.concat(socket.frames).toString(),
  ]) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain("AKIDSECRET");
  }
  socket.destroy();
  await ada.call("DELETE", `/api/connections/${made.body.id}`);
  expect((await server.store.db.select().from(connection)).filter((row) => row.name === "Keys")).toEqual([]);
});

test("an address is read through the server before it is added, by who looked alone", async () => {
  const { body } = await ada.call("POST", "/api/images/look", { url: at("/lab/a.zarr?signature=x") });
  expect(body.through).toMatch(/^\/api\/looks\/[A-Za-z0-9_-]+\/source\/a\.zarr$/);
  const part = await ada.call("GET", `${body.through}/zarr.json`);
  expect(part.status).toBe(200);
  expect(asked.at(-1)!.url).toBe("/lab/a.zarr/zarr.json?signature=x");
  expect((await ada.call("GET", body.through.replace("a.zarr", "b.zarr"))).status).toBe(404);
  const ben = await comeIn(server, "Ben");
  asked = [];
  const other = await ben.call("GET", `${body.through}/zarr.json`);
  expect(other).toMatchObject({ status: 400, body: { error: { next: "Look at it again." } } });
  expect(asked).toEqual([]);
  const images = await ada.call("GET", "/api/images");
  expect(JSON.stringify(images.body)).not.toContain("a.zarr?");
});
