import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "@coscope/sync-server/config.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./harness.ts";

/** What lets a page compute in threads, and the switch that leaves it out. */

let webDir: string;
let servers: TestServer[];

beforeAll(async () => {
  webDir = mkdtempSync(join(tmpdir(), "coscope-web-"));
  mkdirSync(join(webDir, "assets"));
  writeFileSync(join(webDir, "index.html"), "<!doctype html>");
  writeFileSync(join(webDir, "assets", "worker.js"), "0");
  writeFileSync(join(webDir, "assets", "runtime.mjs"), "0");
  servers = await Promise.all([startTestServer({ webDir }), startTestServer({ webDir, isolated: false })]);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.remove()));
  rmSync(webDir, { recursive: true });
});
const headersOf = async (server: TestServer, path: string) => {
  const { headers } = await fetch(server.url + path);
  const name = (of: string) => headers.get(`cross-origin-${of}-policy`);
  return [name("opener"), name("embedder"), name("resource")];
};

test("the page and its workers' scripts are isolated, with images of other sites still allowed", async () => {
  const [on] = servers as [TestServer];
  expect(await headersOf(on, "/")).toEqual(["same-origin", "credentialless", null]);
  expect(await headersOf(on, "/assets/worker.js")).toEqual([null, "credentialless", null]);
  expect(await headersOf(on, "/assets/runtime.mjs")).toEqual([null, "credentialless", null]);
  // What other sites' isolated pages may read says so; the docs need no threads.
  expect((await headersOf(on, "/demo/slide.zarr/zarr.json"))[2]).toBe("cross-origin");
  expect((await headersOf(on, "/api/docs"))[1]).toBeNull();
});

test("it can be turned off", async () => {
  const [, off] = servers as [TestServer, TestServer];
  for (const path of ["/", "/assets/worker.js", "/assets/runtime.mjs"])
    expect((await headersOf(off, path))[1]).toBeNull();
  expect(readConfig([], { COSCOPE_ISOLATION: "off" }, "/")).toMatchObject({ isolated: false });
  expect(
    readConfig([], { COSCOPE_ENCODER_PROVIDER: "cuda", COSCOPE_EMBEDDINGS_CACHE: "5" }, "/"),
  ).toMatchObject({
    encoder: { provider: "cuda", cacheBytes: 5e9 },
  });
  expect(() => readConfig([], { COSCOPE_ENCODER_PROVIDER: "tpu" }, "/")).toThrow(/cpu or cuda/);
  expect(() => readConfig(["--encoder-workers", "0"], {}, "/")).toThrow(/1 to 64/);
});
