import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { comeIn, type Person, startTestServer, type TestServer, until } from "./harness.ts";

/** Images on another server, which the encoder reads through the guard: allowed or not, slow, and gone meanwhile. */

const SIDE = 4096;
const CHUNK = 256;
const PIXELS = Uint8Array.from({ length: CHUNK * CHUNK }, (_, i) =>
  Math.hypot((i % CHUNK) - 120, Math.floor(i / CHUNK) - 100) < 14 ? 200 : 20,
);
const axes = ["y", "x"].map((axis) => ({ name: axis, type: "space" }));
const datasets = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1] }] }];
const FILES: Record<string, unknown> = {
  "zarr.json": {
    zarr_format: 3,
    node_type: "group",
    attributes: { ome: { version: "0.5", multiscales: [{ axes, datasets }] } },
  },
  "0/zarr.json": {
    zarr_format: 3,
    node_type: "array",
    shape: [SIDE, SIDE],
    data_type: "uint8",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [CHUNK, CHUNK] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [{ name: "bytes" }],
  },
};

let upstream: Server;
let address: string;
let server: TestServer;
let ada: Person;
let ben: Person;
let asked: IncomingMessage[] = [];
/** Chunks that are asked for get no answer. */
let stalled = false;
const held: ServerResponse[] = [];

beforeAll(async () => {
  upstream = createServer((request, response) => {
    asked.push(request);
    const path = /^\/\w+\.zarr\/(.*)$/.exec(request.url ?? "")?.[1] ?? "";
    if (FILES[path]) return response.setHeader("etag", '"1"').end(JSON.stringify(FILES[path]));
    if (!/^0\/c\/\d+\/\d+$/.test(path)) return response.writeHead(404).end();
    if (stalled) held.push(response);
    else response.end(PIXELS);
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  server = await startTestServer({ encoder: { workers: 1 }, proxyAllow: [address] });
  [ada, ben] = await Promise.all([comeIn(server, "Ada"), comeIn(server, "Ben")]);
});
afterAll(async () => {
  upstream.closeAllConnections();
  await server?.remove();
  upstream.close();
});

const add = async (url: string) => (await ada.call("POST", "/api/images", { name: "slide", url })).body;
const embed = (person: Person, image: string, x: number, y: number) =>
  person.call("GET", `/api/images/${image}/embeddings?scale=1&x=${x}&y=${y}&channels=0`);

test("a host that nobody allowed is not asked; what helps is said", async () => {
  const { id } = await add("http://slides.example/slide.zarr");
  asked = [];
  const { status, body } = await embed(ada, id, 0, 0);
  expect([status, body.error.code]).toEqual([403, "host-not-allowed"]);
  expect(body.error.next).toMatch(/[Pp]rivate mode/);
  expect(asked).toEqual([]);
});

test("one that is allowed is read, without a word about who asks", async () => {
  const { id } = await add(`http://${address}/slide.zarr`);
  asked = [];
  const { status, headers } = await embed(ada, id, 0, 0);
  expect([status, headers.get("x-coscope-encode")]).toEqual([200, "encoded"]);
  expect(asked.length).toBeGreaterThan(0);
  for (const { headers } of asked) {
    expect(headers.authorization ?? headers.cookie).toBeUndefined();
  }
});

test("one that answers slowly leaves room for others; the image goes while it is read", async () => {
  const { id, revision } = await add(`http://${address}/slow.zarr`);
  await ada.get(`/api/images/${id}/statistics?channels=0`);
  stalled = true;
  const waiting = [1024, 1536, 2048, 2560, 3072].map((x) => embed(ada, id, x, 1024));
  await until(() => held.length > 0);
  expect((await embed(ben, "demo", 32_768, 32_768)).status).toBe(200);
  expect((await ada.get("/api/encoder")).running).toBeGreaterThan(0);

  expect((await ben.call("DELETE", `/api/images/${id}?revision=${revision}`)).status).toBeLessThan(300);
  expect((await embed(ben, id, 0, 0)).status).toBe(404);
  // Its host goes as well.
  upstream.close();
  const drop = setInterval(() => upstream.closeAllConnections(), 20);
  for (const { status, body } of await Promise.all(waiting))
    expect([status, body.error.code]).toEqual([502, "image-unreadable"]);
  clearInterval(drop);
  expect(await ada.get("/api/encoder")).toMatchObject({ queue: 0, running: 0 });
  expect((await embed(ada, "demo", 32_768, 32_256)).status).toBe(200);
});
