import { afterAll, beforeAll, expect, test } from "vitest";
import { comeIn, Person, startTestServer, type TestServer, until } from "./harness.ts";

let server: TestServer;
let ada: Person;
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
});
afterAll(() => server.remove());

const channel = { visible: true, min: 100, max: 4000, gamma: 1, color: "#3dc8ff" };
const state = {
  cx: 30_000,
  cy: 20_000.5,
  zoom: 0.5,
  rotation: 30,
  flip: true,
  width: 800,
  height: 600,
  z: 0,
  t: 0,
  projection: "max",
  channels: [{ ...channel, inverted: true, lut: "viridis" }, channel],
};
/** The first bytes of every WebP file; what follows is the page's business. */
const thumbnail = Buffer.concat([Buffer.from("RIFF\u0004\0\0\0WEBP", "latin1"), Buffer.alloc(40)]).toString(
  "base64",
);

test("views: saved with a picture, listed, renamed, moved, deleted; a stale change is refused", async () => {
  const saved = await ada.call("POST", "/api/images/demo/views", { name: "Margin", state, thumbnail });
  expect(saved).toMatchObject({
    status: 201,
    body: { imageId: "demo", name: "Margin", state, thumbnail: true, createdBy: ada.user.id, revision: 1 },
  });
  const { id } = saved.body;
  expect(await ada.get("/api/images/demo/views")).toEqual([saved.body]);
  const picture = await fetch(`${server.url}/api/views/${id}/thumbnail`, {
    headers: { authorization: `Bearer ${ada.token}` },
  });
  expect(picture.headers.get("content-type")).toBe("image/webp");
  expect(Buffer.from(await picture.arrayBuffer()).toString("base64")).toBe(thumbnail);

  const renamed = await ada.call("PATCH", `/api/views/${id}`, { name: "Edge", revision: 1 });
  expect(renamed).toMatchObject({ status: 200, body: { name: "Edge", state, thumbnail: true, revision: 2 } });
  const stale = await ada.call("PATCH", `/api/views/${id}`, { name: "Rim", revision: 1 });
  expect(stale).toMatchObject({
    status: 409,
    body: { error: { code: "revision-conflict", current: { name: "Edge", revision: 2 } } },
  });
  const moved = await ada.call("PATCH", `/api/views/${id}`, {
    state: { ...state, cx: 5 },
    thumbnail: null,
    revision: 2,
  });
  expect(moved.body).toMatchObject({ name: "Edge", state: { cx: 5 }, thumbnail: false });
  expect((await ada.call("GET", `/api/views/${id}/thumbnail`)).status).toBe(404);
  expect((await ada.call("DELETE", `/api/views/${id}?revision=2`)).status).toBe(409);
  expect((await ada.call("DELETE", `/api/views/${id}?revision=3`)).status).toBe(204);
  expect(await ada.get("/api/images/demo/views")).toEqual([]);
});

test("a view that nothing could go to, and a thumbnail that is no picture, are refused", async () => {
  for (const wrong of [
    { name: "x", state: { ...state, zoom: 0 } },
    { name: "x", state: { ...state, z: -1 } },
    { name: "x", state: { ...state, channels: [{ ...channel, color: "red" }] } },
    { name: " ", state },
    { name: "x", state, thumbnail: Buffer.from("<svg/>").toString("base64") },
    { name: "x", state, thumbnail: "%" },
    { name: "x", state, thumbnail: "A".repeat(40_000) },
  ]) {
    const answer = await ada.call("POST", "/api/images/demo/views", wrong);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "bad-request" } } });
  }
});

test("presets: saved for the project, changed, deleted", async () => {
  const channels = [{ ...channel, name: "DAPI" }];
  const saved = await ada.call("POST", "/api/projects/default/presets", { name: "White nuclei", channels });
  expect(saved).toMatchObject({ status: 201, body: { projectId: "default", channels, revision: 1 } });
  const { id } = saved.body;
  expect(await ada.get("/api/projects/default/presets")).toEqual([saved.body]);
  const louder = [{ ...channel, name: "DAPI", max: 900 }];
  expect(
    (await ada.call("PATCH", `/api/presets/${id}`, { channels: louder, revision: 1 })).body,
  ).toMatchObject({
    name: "White nuclei",
    channels: louder,
    revision: 2,
  });
  expect((await ada.call("PATCH", `/api/presets/${id}`, { name: "X", revision: 1 })).status).toBe(409);
  expect((await ada.call("DELETE", `/api/presets/${id}?revision=2`)).status).toBe(204);
  expect(await ada.get("/api/projects/default/presets")).toEqual([]);
  expect((await ada.call("PATCH", `/api/presets/${id}`, { name: "X", revision: 3 })).status).toBe(404);
});

test("everyone at the image hears of it", async () => {
  const socket = await ada.raw();
  await socket.lookAt("demo");
  const told = () => socket.of("event").map(({ event }) => event);
  const { body: view } = await ada.call("POST", "/api/images/demo/views", { name: "x", state, thumbnail });
  const channels = [{ ...channel, name: "DAPI" }];
  const { body: preset } = await ada.call("POST", "/api/projects/default/presets", { name: "y", channels });
  await ada.call("DELETE", `/api/views/${view.id}?revision=1`);
  await until(() => told().length === 3);
  expect(told()).toMatchObject([
    { t: "rows", table: "view", op: "put", row: view },
    { t: "rows", table: "preset", op: "put", row: preset },
    { t: "rows", table: "view", op: "delete", row: { id: view.id, revision: 2 } },
  ]);
  ada.leaveAll();
});

test("who may only look may not save, and strangers see nothing", async () => {
  const viewer = await comeIn(server, "Viewer");
  const stranger = new Person(server.url, "", { id: "", name: "", color: "", guest: true });
  await server.store.db.execute(`update member set role = 'viewer' where user_id = '${viewer.user.id}'`);
  await viewer.call("PATCH", "/api/session", { name: "Viewer" });
  expect((await viewer.call("GET", "/api/images/demo/views")).status).toBe(200);
  const body = { name: "x", state };
  expect((await viewer.call("POST", "/api/images/demo/views", body)).status).toBe(403);
  for (const path of ["/api/images/demo/views", "/api/projects/default/presets"])
    expect((await stranger.call("GET", path)).status).toBe(401);
  const { body: saved } = await ada.call("POST", "/api/images/demo/views", body);
  expect((await stranger.call("GET", `/api/views/${saved.id}/thumbnail`)).status).toBe(401);
  expect((await viewer.call("DELETE", `/api/views/${saved.id}?revision=1`)).status).toBe(403);
});
