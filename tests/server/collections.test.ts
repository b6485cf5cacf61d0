import { afterAll, beforeAll, expect, test } from "vitest";
import { comeIn, FRAME, Person, startTestServer, type TestServer, until } from "./harness.ts";

let server: TestServer;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
  ben = await comeIn(server, "Ben");
});

afterAll(() => server.remove());

async function add(kind: string, url = "https://x.example/data/plate.zarr?token=1") {
  const { status, body } = await ada.call("POST", "/api/images", { name: "Screen", url, kind });
  expect(status).toBe(201);
  return body;
}

const open = (who: Person, id: string, path: string) =>
  who.call("POST", `/api/images/${id}/members`, { name: `Field at ${path}`, path });

const summary = {
  width: 100,
  height: 80,
  sizeZ: 1,
  sizeT: 1,
  channels: 3,
  rgb: true,
  dtype: "uint8",
  micrometres: null,
};

test("a field of a plate is one image for everybody, with its own layer and address", async () => {
  const plate = await add("plate");
  expect(plate).toMatchObject({ kind: "plate", collectionId: null, path: "", addedBy: { name: "Ada" } });
  const answers = await Promise.all([ada, ben, ada].map((who) => open(who, plate.id, "A/1/0")));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const field = answers[0]!.body;
  expect(field).toMatchObject({
    kind: "image",
    collectionId: plate.id,
    path: "A/1/0",
    url: "https://x.example/data/plate.zarr/A/1/0?token=1",
  });
  expect(await ada.get(`/api/images/${field.id}/layers`)).toHaveLength(1);
  const { body: other } = await open(ben, plate.id, "A/1/1");
  expect(other.id).not.toBe(field.id);

  // They go with their plate, and who has one open is told.
  const [layer] = await ada.get(`/api/images/${field.id}/layers`);
  const socket = await ben.raw();
  await socket.authenticate(layer.room);
  await until(() => socket.stateless(layer.room).length > 0);
  expect((await ada.call("DELETE", `/api/images/${plate.id}?revision=${plate.revision}`)).status).toBe(204);
  expect((await ada.call("GET", `/api/images/${field.id}`)).status).toBe(404);
  await until(() => socket.received(layer.room, FRAME.close).length > 0);
  ben.leaveAll();
});

test("an image of a file is named behind #; a series goes with its last image", async () => {
  const series = await add("series", "https://x.example/many.ome.tif");
  const { body: first } = await open(ada, series.id, "#series=1");
  expect(first.url).toBe("https://x.example/many.ome.tif#series=1");
  const { body: second } = await open(ada, series.id, "#series=2");
  await ada.call("DELETE", `/api/images/${first.id}?revision=1`);
  expect((await ada.call("GET", `/api/images/${series.id}`)).status).toBe(200);
  await ada.call("DELETE", `/api/images/${second.id}?revision=1`);
  expect((await ada.call("GET", `/api/images/${series.id}`)).status).toBe(404);
});

test.each(["", "..", "A/../../x", "/etc", "a//b", "a?b", "https://x", "%2e%2E/x", "a\\b", "#a/b"])(
  "no member at %j",
  async (path) => {
    const plate = await add("plate");
    expect((await open(ada, plate.id, path)).status).toBe(400);
  },
);

test("an image has no members", async () => {
  const image = await add("image");
  expect((await open(ada, image.id, "A/1/0")).body.error).toMatchObject({ code: "bad-request" });
});

test("both need a session that may manage images", async () => {
  const image = await add("series");
  const stranger = new Person(server.url, "", ada.user);
  expect((await open(stranger, image.id, "0")).status).toBe(401);
  const picture = Buffer.alloc(100, 1).toString("base64");
  const put = await stranger.call("PUT", `/api/images/${image.id}/preview`, { summary, picture });
  expect(put.status).toBe(401);
});

test("what an address holds may be found out later", async () => {
  const image = await add("image");
  const { body } = await ada.call("PATCH", `/api/images/${image.id}`, { kind: "series", revision: 1 });
  expect(body).toMatchObject({ kind: "series", revision: 2, name: "Screen" });
});

test("a small picture is kept for everybody, and never changes under its address", async () => {
  const image = await add("image");
  const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(500, 7)]);
  const put = (picture: Buffer) =>
    ada.call("PUT", `/api/images/${image.id}/preview`, { summary, picture: picture.toString("base64") });
  const { body } = await put(jpeg);
  expect(body).toMatchObject({ summary, revision: image.revision });
  const seen = await fetch(server.url + body.preview, { headers: { authorization: `Bearer ${ben.token}` } });
  expect(seen.headers.get("content-type")).toBe("image/jpeg");
  expect(seen.headers.get("cache-control")).toMatch(/immutable/);
  expect(seen.headers.get("x-content-type-options")).toBe("nosniff");
  expect(Buffer.from(await seen.arrayBuffer())).toEqual(jpeg);
  expect((await put(jpeg)).body.preview).not.toBe(body.preview);
  expect((await fetch(server.url + body.preview)).status).toBe(401);

  // A page, or a drawing with scripts in it, is no picture.
  expect((await put(Buffer.from("<svg onload=alert(1)> and some more"))).status).toBe(400);
  expect((await put(Buffer.alloc(46_000, 255))).status).toBe(400);
  const { body: bare } = await ada.call("POST", "/api/images", {
    name: "Y",
    url: "https://x.example/y.zarr",
  });
  const missing = await ada.call("GET", `/api/images/${bare.id}/preview`);
  expect(missing.status).toBe(404);
});
