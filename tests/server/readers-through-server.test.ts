import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { openImage } from "@coscope/viewer/source";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage } from "../import/decode.ts";
import { digestsOf, type Expected } from "../import/planes.ts";
import { type FixtureServer, images, serveFixtures, storedZip } from "../import/server.ts";
import { S3Server, s3Program } from "../support/s3.ts";
import { comeIn, type Person, startTestServer, type TestServer } from "./harness.ts";
import { refusalOf } from "./sigv4.ts";

/** Images that the reference libraries wrote, read by our readers through our server, pixel for pixel. */

const KEYS = { accessKeyId: "AKIDTEST", secretAccessKey: "very/secret+key with spaces" };
const expectations = ["ome-zarr", "tiff", "pictures"].map(
  (name) => JSON.parse(readFileSync(join(images, `${name}.json`), "utf8")) as Record<string, Expected>,
);
const all: Record<string, Expected> = Object.assign({}, ...expectations);

let fixtures: FixtureServer;
let noRanges: FixtureServer;
let bucket: Server;
let server: TestServer;
let ada: Person;

/** Answers what is signed with KEYS, as S3 does; names of keys are as awkward as they may be. */
function startBucket(): Promise<Server> {
  const objects = new Map<string, Buffer>();
  for (const [name, bytes] of storedZip(readFileSync(join(images, "four-v05.zarr.zip"))))
    objects.set(`/slides/Ada's plates (a+b)/größe 1%.zarr/${name}`, bytes);
  const listening = createServer((request, response) => {
    const refusal = refusalOf(request, KEYS);
    const object = objects.get(decodeURIComponent(new URL(request.url!, "http://s3").pathname));
    const error = refusal ?? (object ? null : "AccessDenied");
    if (error) return void response.writeHead(403).end(`<Error><Code>${error}</Code></Error>`);
    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "");
    const start = range ? (range[1] ? Number(range[1]) : object!.length - Number(range[2])) : 0;
    const end = range?.[1] && range[2] ? Number(range[2]) + 1 : object!.length;
    response.writeHead(range ? 206 : 200, {
      "content-length": end - start,
      ...(range ? { "content-range": `bytes ${start}-${end - 1}/${object!.length}` } : {}),
    });
    response.end(object!.subarray(start, end));
  });
  return new Promise((resolve) => listening.listen(0, "127.0.0.1", () => resolve(listening)));
}

const portOf = (listening: Server) => (listening.address() as AddressInfo).port;

beforeAll(async () => {
  [fixtures, noRanges, bucket] = await Promise.all([
    serveFixtures(),
    serveFixtures({ ranges: false }),
    startBucket(),
  ]);
  server = await startTestServer({
    proxyAllow: [fixtures.url, noRanges.url, `s3.example:${portOf(bucket)}`],
    resolver: async () => ["127.0.0.1"],
  });
  ada = await comeIn(server);
});
afterAll(async () => {
  await server.remove();
  await fixtures.close();
  await noRanges.close();
  bucket.closeAllConnections();
  bucket.close();
});

async function register(url: string, more: object = { via: "server" }): Promise<{ id: string; url: string }> {
  const { status, body } = await ada.call("POST", "/api/images", { name: "A", url, ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body.via).toBe("server");
  return body;
}

/** As the page does: the address of the row, relative to the site, with its session. */
const open = (url: string) =>
  openImage(server.url + url, {
    decodeImage,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set("authorization", `Bearer ${ada.token}`);
      return fetch(input, { ...init, headers });
    },
  });

describe("every kind of image", () => {
  test.each([
    "four-v05.zarr",
    "four-v04.zarr",
    "series.zarr/1",
    "plate.zarr/A/1/0",
    "labelled.zarr/labels/cells",
    "pyramid.ome.tif",
    "tiles-u16-deflate.tif",
    "grey.png",
    "dzi-overlap/dzi-overlap.dzi",
    "dzi-plain/dzi-plain.json",
    "iiif2/info.json",
    "iiif3/info.json",
  ])("%s", async (name) => {
    const expected = all[name]!;
    const source = await open((await register(`${fixtures.url}/${name}`)).url);
    expect(source.dtype).toBe(expected.dtype);
    expect(await digestsOf(source, expected)).toEqual(expected.levels);
  });

  test("from a server that sends whole files only", async () => {
    const name = "tiles-u16-deflate.tif";
    const image = await register(`${noRanges.url}/${name}`);
    const part = await ada.call("GET", image.url, undefined, { range: "bytes=0-9" });
    expect([part.status, part.headers.get("accept-ranges")]).toEqual([200, "none"]);
    expect(await digestsOf(await open(image.url), all[name]!)).toEqual(all[name]!.levels);
    const { body } = await ada.call("POST", "/api/images/look", { url: `${noRanges.url}/${name}` });
    expect(body).toMatchObject({ reachable: true, cors: true, ranges: false, needsServer: false });
  });
});

describe("a private bucket", () => {
  const address = () =>
    `http://s3.example:${portOf(bucket)}/slides/${encodeURIComponent("Ada's plates (a+b)")}/${encodeURIComponent("größe 1%.zarr")}`;

  test("is closed without keys and with wrong ones, and opens with the right ones", async () => {
    const connection = {
      kind: "s3",
      name: "Bucket",
      prefix: `http://s3.example:${portOf(bucket)}/slides`,
      region: "eu-central-1",
    };
    const look = async () => (await ada.call("POST", "/api/images/look", { url: address() })).body;
    expect(await look()).toMatchObject({ reachable: false, status: 403, connection: null });

    const wrong = { ...KEYS, secretAccessKey: "another" };
    const first = await ada.call("POST", "/api/connections", { ...connection, ...wrong });
    expect(first.status).toBe(201);
    expect(await look()).toMatchObject({ reachable: false, status: 403, connection: "Bucket" });
    const image = await register(address(), {});
    const refused = await ada.call("GET", `${image.url}/zarr.json`);
    expect(refused).toMatchObject({ status: 502, body: { error: { code: "upstream-unauthorized" } } });
    expect(refused.body.error.message).toContain("SignatureDoesNotMatch");

    await ada.call("DELETE", `/api/connections/${first.body.id}`);
    const right = await ada.call("POST", "/api/connections", { ...connection, ...KEYS });
    expect(right.body).toEqual({
      id: expect.any(String),
      name: "Bucket",
      prefix: connection.prefix,
      kind: "s3",
      region: "eu-central-1",
      createdAt: expect.any(String),
    });
    expect(await look()).toMatchObject({ reachable: true, connection: "Bucket", needsServer: true });
    const expected = all["four-v05.zarr"]!;
    expect(await digestsOf(await open(image.url), expected)).toEqual(expected.levels);
  });

  test.skipIf(!s3Program)("of a real S3 server", async () => {
    const s3 = await S3Server.start();
    const own = await startTestServer({ proxyAllow: [s3.endpoint] });
    try {
      const folder = join(s3.dir, "objects", s3.bucket, "lab", "four v05.zarr");
      for (const [name, bytes] of storedZip(readFileSync(join(images, "four-v05.zarr.zip")))) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), bytes);
      }
      const bob = await comeIn(own, "Bob");
      const url = `${s3.endpoint}/${s3.bucket}/lab/four%20v05.zarr`;
      const before = await bob.call("POST", "/api/images/look", { url });
      expect(before.body).toMatchObject({ reachable: false, status: 403 });
      const { accessKeyId, secretAccessKey } = s3;
      const prefix = `${s3.endpoint}/${s3.bucket}`;
      const made = await bob.call("POST", "/api/connections", {
        kind: "s3",
        name: "Lab",
        prefix,
        accessKeyId,
        secretAccessKey,
      });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      const { body } = await bob.call("POST", "/api/images", { name: "A", url });
      expect(body.via).toBe("server");
      const source = await openImage(own.url + body.url, {
        fetch: (input, init) => {
          const headers = new Headers(init?.headers);
          headers.set("authorization", `Bearer ${bob.token}`);
          return fetch(input, { ...init, headers });
        },
      });
      const expected = all["four-v05.zarr"]!;
      expect(await digestsOf(source, expected)).toEqual(expected.levels);
    } finally {
      await own.remove();
      await s3.remove();
    }
  });
});
