import { createLayerDocument, createQuery } from "@coscope/annotations";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { comeIn, startTestServer, type TestServer, until } from "./harness.ts";

/**
 * A client written from /api/openapi.json and /api/protocol.md alone: none of our packages, whose only use here is
 * to look at the result as a page would.
 */
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.remove());

function varuint(out: number[], n: number): void {
  let rest = n;
  while (rest > 127) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

function rectangle(x: number, y: number, width: number, height: number): Uint8Array {
  const out = [1, 0, 3];
  varuint(out, 0);
  varuint(out, 0);
  for (const n of [x, y]) varuint(out, n < 0 ? -2 * n * 64 - 1 : 2 * n * 64);
  for (const n of [width, height]) varuint(out, n * 64);
  varuint(out, 0);
  return Uint8Array.from(out);
}

test("a stranger makes a layer, joins its room, adds an annotation and knows when it is saved", async () => {
  const call = async (method: string, path: string, token = "", body?: unknown) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    expect(response.ok, path).toBe(true);
    return response.json();
  };
  const { user, token } = await call("POST", "/api/sessions/guest", "", {
    name: "Stranger",
    color: "#abcdef",
  });
  const [image] = await call("GET", "/api/images", token);
  const [nucleus] = await call("GET", `/api/projects/${image.projectId}/classes`, token);
  const layer = await call("POST", `/api/images/${image.id}/layers`, token, { name: "By a stranger" });

  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${server.url.replace("http", "ws")}/yjs`, layer.room, doc, {
    params: { token },
    WebSocketPolyfill: WebSocket as never,
    disableBc: true,
  });
  await until(() => provider.synced);
  doc.transact(() => {
    doc.getMap("origin").set("cell1", [user.id, Date.now(), crypto.getRandomValues(new Uint8Array(8))]);
    doc.getMap("geometry").set("cell1", rectangle(10, 20, 30, 40));
    doc.getMap("class").set("cell1", nucleus.id);
  });
  await until(async () => {
    const { stateVector } = await call(
      "GET",
      `/api/rooms/${layer.epoch}/${image.id}/${layer.id}/durable`,
      token,
    );
    return Y.decodeStateVector(Buffer.from(stateVector, "base64")).get(doc.clientID) === 3;
  });
  provider.destroy();

  const page = (await comeIn(server)).join(layer.room);
  await page.synced();
  const query = createQuery(createLayerDocument(page.doc));
  expect([...query.all()]).toMatchObject([
    {
      id: "cell1",
      author: user.id,
      classId: nucleus.id,
      geometry: { kind: "rectangle", x: 10, y: 20, width: 30, height: 40, rotation: 0 },
    },
  ]);
  page.destroy();
});

test("the documents it was written from are served", async () => {
  const protocol = await fetch(`${server.url}/api/protocol.md`);
  expect(protocol.headers.get("content-type")).toContain("text/markdown");
  expect(await protocol.text()).toContain("# Protocol");
  const openapi = await (await fetch(`${server.url}/api/openapi.json`)).json();
  expect(openapi.info.description).toContain("/api/protocol.md");
});
