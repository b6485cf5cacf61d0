import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { comeIn, type Person, startTestServer, type TestServer } from "./harness.ts";

const dir = mkdtempSync(join(tmpdir(), "coscope-images-"));
const SECRET = "what is not theirs to read";
const CHUNK = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));
const SCRIPT = "console.log('hello');".repeat(200);

let server: TestServer;
let ada: Person;
let base: string;

beforeAll(async () => {
  const image = join(dir, "images", "plate", "cells.ome.zarr");
  mkdirSync(join(image, "0", "c"), { recursive: true });
  writeFileSync(join(image, "zarr.json"), '{"zarr_format":3,"node_type":"group"}');
  writeFileSync(join(image, "0", "c", "0"), CHUNK);
  writeFileSync(join(dir, "secret.txt"), SECRET);
  symlinkSync(join(dir, "secret.txt"), join(image, "link"));
  mkdirSync(join(dir, "images", ".importing.zarr"));

  const web = join(dir, "web");
  mkdirSync(join(web, "assets"), { recursive: true });
  writeFileSync(join(web, "index.html"), "<!doctype html><title>Coscope</title>");
  writeFileSync(join(web, "assets", "main-abc.js"), SCRIPT);

  server = await startTestServer({ imageDirs: [join(dir, "images")], webDir: web });
  ada = await comeIn(server);
  const images: { id: string; name: string; url: string; source: string }[] = await ada.get("/api/images");
  const local = images.filter((row) => row.source === "local");
  expect(local).toMatchObject([{ name: "cells", url: `/data/images/${local[0]!.id}` }]);
  base = server.url + local[0]!.url;
});
afterAll(async () => {
  await server.remove();
  rmSync(dir, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(base + path, { method, headers: { authorization: `Bearer ${ada.token}`, ...headers } });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

test("metadata and chunks of a local image, whole and in ranges", async () => {
  const metadata = await get("/zarr.json");
  expect(metadata.headers.get("content-type")).toContain("application/json");
  expect(await metadata.json()).toMatchObject({ zarr_format: 3 });
  const whole = await get("/0/c/0");
  expect(await bytesOf(whole)).toEqual(CHUNK);
  const suffix = await get("/0/c/0", { range: "bytes=-16" });
  expect(suffix.status).toBe(206);
  expect(suffix.headers.get("content-range")).toBe("bytes 984-999/1000");
  expect(await bytesOf(suffix)).toEqual(CHUNK.subarray(984));
  const middle = await get("/0/c/0", { range: "bytes=100-199", "if-range": whole.headers.get("etag")! });
  expect(await bytesOf(middle)).toEqual(CHUNK.subarray(100, 200));
  expect((await get("/0/c/0", { range: "bytes=1000-" })).status).toBe(416);
  const head = await get("/0/c/0", {}, "HEAD");
  expect(head.headers.get("content-length")).toBe("1000");
  expect((await bytesOf(head)).length).toBe(0);
  const unchanged = await get("/0/c/0", { "if-none-match": whole.headers.get("etag")! });
  expect(unchanged.status).toBe(304);
});

test("other viewers may read with a token of their own", async () => {
  const response = await get("/zarr.json", { origin: "https://viewer.example" });
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  expect(response.headers.get("access-control-expose-headers")).toContain("Content-Range");
  const preflight = await fetch(`${base}/zarr.json`, { method: "OPTIONS" });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toMatch(/authorization.*range/i);
  expect((await fetch(`${base}/zarr.json`)).status).toBe(401);
});

test("a missing chunk is 404, so that readers take the fill value", async () => {
  const response = await get("/0/c/7");
  expect(response.status).toBe(404);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
});

test.each([
  "/../secret.txt",
  "/%2e%2e/%2e%2e/secret.txt",
  "/..%2f..%2f..%2fsecret.txt",
  "/0/c/..%5c..%5csecret.txt",
  "/link",
  "/%00",
  "/%zz",
  "/",
  "//etc/passwd",
])("%s leads nowhere", async (path) => {
  // fetch would resolve the dots itself.
  const { hostname, port, pathname } = new URL(base);
  const headers = { authorization: `Bearer ${ada.token}` };
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const call = request({ host: hostname, port, path: pathname + path, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode!, text }));
    });
    call.on("error", reject).end();
  });
  expect(text).not.toContain(SECRET);
  expect(status).toBeGreaterThanOrEqual(400);
});

test("the page: any path without an extension, with its policy, asked for anew each time", async () => {
  for (const path of ["/", "/image/abc", "/index.html"]) {
    const response = await fetch(server.url + path);
    expect(response.status, path).toBe(200);
    expect(await response.text()).toContain("<title>Coscope</title>");
    expect(response.headers.get("content-security-policy")).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(response.headers.get("cross-origin-embedder-policy")).toBe("credentialless");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  }
  expect((await fetch(`${server.url}/missing.js`)).status).toBe(404);
});

test("assets are kept for good, and sent compressed to whoever takes that", async () => {
  const compressed = await fetch(`${server.url}/assets/main-abc.js`, {
    headers: { "accept-encoding": "br" },
  });
  expect(compressed.headers.get("content-encoding")).toBe("br");
  expect(compressed.headers.get("cache-control")).toContain("immutable");
  expect(Number(compressed.headers.get("content-length"))).toBeLessThan(SCRIPT.length / 10);
  expect(await compressed.text()).toBe(SCRIPT);
  const again = await fetch(`${server.url}/assets/main-abc.js`, {
    headers: { "accept-encoding": "br", "if-none-match": compressed.headers.get("etag")! },
  });
  expect(again.status).toBe(304);
  const plain = await fetch(`${server.url}/assets/main-abc.js`, {
    headers: { "accept-encoding": "identity" },
  });
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect(plain.headers.get("content-type")).toContain("text/javascript");
});

test("an image that is put into the data folder while the server runs is offered with the next list", async () => {
  const folder = join(server.dataDir, "images", "new.zarr");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "zarr.json"), "{}");
  const images: { name: string }[] = await ada.get("/api/images");
  expect(images.map((row) => row.name)).toContain("new");
  expect(
    ((await ada.get("/api/images")) as { name: string }[]).filter((row) => row.name === "new"),
  ).toHaveLength(1);
});

test("a page elsewhere reads why it may not", async () => {
  const refused = await fetch(`${base}/zarr.json`, { headers: { origin: "https://other.example" } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("access-control-allow-origin")).toBe("*");
  const rows = await fetch(`${server.url}/api/images`, { headers: { origin: "https://other.example" } });
  expect(rows.headers.get("access-control-allow-origin")).toBeNull();
});

test.each(["/api", "/api/", "/collab", "/yjs", "/yjs/e1/demo/x"])("%s is not the page", async (path) => {
  const response = await fetch(server.url + path);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: "not-found" } });
});
