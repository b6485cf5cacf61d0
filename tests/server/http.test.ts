import { createHash } from "node:crypto";
import { request } from "node:http";
import { createLayerDocument, createQuery, execute, makeReclass, makeRemove } from "@coscope/annotations";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { comeIn, Person, startTestServer, type TestServer, until } from "./harness.ts";

let server: TestServer;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  server = await startTestServer();
  ada = await comeIn(server, "Ada");
  bob = await comeIn(server, "Bob");
});
afterEach(() => {
  ada.leaveAll();
  bob.leaveAll();
});
afterAll(() => server.remove());

const stranger = () => new Person(server.url, "", { id: "", name: "", color: "", guest: true });

test("the first start makes a project with classes, the demo slide and a layer", async () => {
  expect(await ada.get("/api/projects")).toMatchObject([{ id: "default", workspaceId: "default" }]);
  const classes = await ada.get("/api/projects/default/classes");
  expect(classes.map((row: { name: string }) => row.name)).toEqual(
    expect.arrayContaining(["Nucleus", "Cell", "Mitosis", "Debris"]),
  );
  expect(await ada.get("/api/images/demo")).toMatchObject({ url: "/demo/slide.zarr", source: "demo" });
  const [layer] = await ada.get("/api/images/demo/layers");
  expect(layer).toMatchObject({ name: "Annotations", position: 0, locked: false, epoch: 1 });
  expect(layer.room).toBe(`e1/demo/${layer.id}`);
});

test("every row needs a session, whatever the method", async () => {
  const calls: [string, string][] = [
    ["GET", "/api/session"],
    ["PATCH", "/api/session"],
    ["DELETE", "/api/session"],
    ["GET", "/api/projects"],
    ["GET", "/api/projects/default/classes"],
    ["POST", "/api/projects/default/classes"],
    ["GET", "/api/images"],
    ["POST", "/api/images"],
    ["GET", "/api/images/demo"],
    ["PATCH", "/api/images/demo"],
    ["DELETE", "/api/images/demo?revision=1"],
    ["GET", "/api/images/demo/layers"],
    ["POST", "/api/images/demo/layers"],
    ["GET", "/data/images/demo/zarr.json"],
  ];
  const bodies: Record<string, unknown> = {
    "PATCH /api/session": { name: "X" },
    "POST /api/projects/default/classes": { name: "X", color: "#000000" },
    "POST /api/images": { name: "X", url: "https://x.example/" },
    "PATCH /api/images/demo": { name: "X", revision: 1 },
    "POST /api/images/demo/layers": { name: "X" },
  };
  for (const [method, path] of calls) {
    const answer = await stranger().call(method, path, bodies[`${method} ${path}`]);
    expect(answer, `${method} ${path}`).toMatchObject({ status: 401 });
  }
});

test("a stranger is not told which ids there are, and a wrong method is called one", async () => {
  const stranger = (path: string, method = "GET") => fetch(server.url + path, { method });
  for (const path of [
    "/api/images/demo/layers",
    "/api/images/nothing/layers",
    "/api/images/nothing/source/a",
    "/api/projects/nothing/classes",
    "/api/rooms/1/demo/nothing/durable",
    "/data/images/nothing/zarr.json",
  ])
    expect((await stranger(path)).status, path).toBe(401);
  for (const path of ["/api/layers/nothing", "/api/classes/nothing", "/api/images/nothing"])
    expect((await stranger(`${path}?revision=1`, "DELETE")).status, path).toBe(401);
  const wrong = await ada.call("PUT", "/api/images/demo");
  expect(wrong).toMatchObject({ status: 405, body: { error: { code: "method-not-allowed" } } });
  expect(wrong.headers.get("allow")).toBe("DELETE, GET, PATCH");
  expect((await ada.call("PUT", "/api/nothing")).status).toBe(404);
  const nul = await ada.call("POST", "/api/images", { name: "a", url: "https://example.org/a\u0000b" });
  expect(nul).toMatchObject({ status: 400, body: { error: { code: "bad-request" } } });
});

test("a viewer sees and does not change, over HTTP and in rooms", async () => {
  const viewer = await comeIn(server, "Viewer");
  await server.store.db.execute(`update member set role = 'viewer' where user_id = '${viewer.user.id}'`);
  // The session is looked up anew after a change of the user.
  await viewer.call("PATCH", "/api/session", { name: "Viewer" });
  expect((await viewer.call("GET", "/api/images/demo/layers")).status).toBe(200);
  const refused = await viewer.call("POST", "/api/images/demo/layers", { name: "X" });
  expect(refused).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
  const [layer] = await ada.get("/api/images/demo/layers");
  const joined = viewer.join(layer.room);
  await until(() => joined.provider.isAuthenticated);
  expect(joined.provider.authorizedScope).toBe("readonly");
  joined.add();
  const author = ada.join(layer.room);
  await author.synced();
  const id = author.add();
  await author.saved();
  await until(() => joined.has(id));
  expect(author.doc.getMap("origin").size).toBe(1);
  viewer.leaveAll();
});

test("sessions are kept as hashes, and a token is worth nothing once it ended", async () => {
  const guest = await comeIn(server, "Guest");
  const { rows } = (await server.store.db.execute(
    `select id from session where user_id = '${guest.user.id}'`,
  )) as unknown as { rows: { id: string }[] };
  expect(rows).toHaveLength(1);
  expect(rows[0]!.id).toMatch(/^[0-9a-f]{64}$/);
  expect(rows[0]!.id).toBe(createHash("sha256").update(guest.token).digest("hex"));
  expect((await new Person(server.url, rows[0]!.id, guest.user).call("GET", "/api/session")).status).toBe(
    401,
  );
  await guest.call("DELETE", "/api/session");
  expect((await guest.call("GET", "/api/session")).status).toBe(401);
});

test("the cookie alone is enough for the server's own page, and for no other", async () => {
  const cookie = { cookie: `coscope_session=${ada.token}`, "content-type": "application/json" };
  const session = (headers: Record<string, string>, init: RequestInit = {}) =>
    fetch(`${server.url}/api/session`, { ...init, headers: { ...cookie, ...headers } });
  const change = { method: "PATCH", body: JSON.stringify({ name: "Ada" }) };
  expect((await session({})).status).toBe(200);
  expect((await session({ origin: server.url }, change)).status).toBe(200);
  for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, {}])
    expect((await session(headers as Record<string, string>, change)).status).toBe(403);
});

test("other names for this machine are not answered", async () => {
  const statusFor = (host: string) =>
    new Promise<number>((resolve, reject) => {
      const call = request(`${server.url}/api/session`, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      call.on("error", reject).end();
    });
  expect(await statusFor("evil.example")).toBe(403);
  expect(await statusFor(`localhost:${server.port}`)).toBe(401);
});

test("a change to an outdated revision is refused with the current row", async () => {
  const layer = await ada.newLayer("Before");
  const { body: renamed } = await ada.call("PATCH", `/api/layers/${layer.id}`, {
    name: "After",
    revision: 1,
  });
  expect(renamed).toMatchObject({ name: "After", revision: 2 });
  const late = await bob.call("PATCH", `/api/layers/${layer.id}`, { name: "Late", revision: 1 });
  expect(late).toMatchObject({
    status: 409,
    body: { error: { code: "revision-conflict", current: renamed, next: expect.any(String) } },
  });
  expect((await bob.call("DELETE", `/api/layers/${layer.id}?revision=1`)).status).toBe(409);
  expect((await bob.call("DELETE", `/api/layers/${layer.id}`)).status).toBe(400);
  expect((await bob.call("DELETE", `/api/layers/${layer.id}?revision=2`)).status).toBe(204);
  expect((await bob.call("PATCH", `/api/layers/${layer.id}`, { name: "X", revision: 3 })).status).toBe(404);
});

test("two changes at the same moment: one wins, one is told", async () => {
  const layer = await ada.newLayer();
  const answers = await Promise.all(
    [ada, bob].map((who) =>
      who.call("PATCH", `/api/layers/${layer.id}`, { name: who.user.name, revision: 1 }),
    ),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
});

test("layers are ordered, and moving one renumbers its neighbours", async () => {
  const { body: image } = await ada.call("POST", "/api/images", {
    name: "Ordered",
    url: "https://x.example/a",
  });
  const path = `/api/images/${image.id}/layers`;
  for (const name of ["B", "C"]) await ada.call("POST", path, { name });
  const names = async () => (await ada.get(path)).map((row: { name: string }) => row.name);
  expect(await names()).toEqual(["Annotations", "B", "C"]);
  const last = (await ada.get(path))[2];
  const moved = await ada.call("PATCH", `/api/layers/${last.id}`, { order: 0, revision: last.revision });
  expect(moved.body).toMatchObject({ position: 0, revision: last.revision + 1 });
  expect(await names()).toEqual(["C", "Annotations", "B"]);
});

test("an image is an address, never a path of the server's disk", async () => {
  for (const url of ["/etc/passwd", "file:///etc/passwd", "../secret", "data/images"]) {
    const answer = await ada.call("POST", "/api/images", { name: "X", url });
    expect(answer, url).toMatchObject({ status: 400, body: { error: { code: "bad-request" } } });
  }
  const { status, body } = await ada.call("POST", "/api/images", {
    name: "Far",
    url: "https://x.example/i.zarr",
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({ source: "remote", projectId: "default", revision: 1 });
  expect(await ada.get(`/api/images/${body.id}/layers`)).toMatchObject([{ name: "Annotations" }]);
  expect((await ada.call("DELETE", `/api/images/${body.id}?revision=1`)).status).toBe(204);
  expect((await ada.call("GET", `/api/images/${body.id}`)).status).toBe(404);
  expect((await ada.call("GET", `/api/images/${body.id}/layers`)).status).toBe(404);
});

test("a class in use asks what becomes of its annotations", async () => {
  const { body: from } = await ada.call("POST", "/api/projects/default/classes", {
    name: "From",
    color: "#111111",
  });
  const { body: to } = await ada.call("POST", "/api/projects/default/classes", {
    name: "To",
    color: "#222222",
  });
  const { room } = await ada.newLayer();
  const author = ada.join(room);
  await author.synced();
  const ids = [author.add(), author.add(), author.add()];
  execute(createLayerDocument(author.doc), makeReclass(ids, from.id), "test");
  execute(createLayerDocument(author.doc), makeRemove([ids[2]!]), "test");
  await author.saved();
  const path = `/api/classes/${from.id}?revision=1`;
  expect(await bob.call("DELETE", path)).toMatchObject({
    status: 409,
    body: { error: { code: "class-in-use", count: 2 } },
  });
  expect((await bob.call("DELETE", `${path}&reassign=${from.id}`)).status).toBe(400);
  expect((await bob.call("DELETE", `${path}&reassign=nothing`)).status).toBe(404);
  expect((await bob.call("DELETE", `/api/classes/${from.id}?revision=7&reassign=none`)).status).toBe(409);
  expect((await bob.call("DELETE", `${path}&reassign=${to.id}`)).status).toBe(204);
  const query = createQuery(createLayerDocument(author.doc));
  await until(() => ids.slice(0, 2).every((id) => query.get(id)?.classId === to.id));
  // In the log like any other edit, under the name of who did it.
  await server.store.documentLog.settle();
  const rows = await server.store.db.query.documentUpdate.findMany({
    where: (row, { eq }) => eq(row.layerId, room.split("/")[2]!),
    orderBy: (row, { asc }) => asc(row.sequence),
  });
  expect(rows.at(-1)!.userId).toBe(bob.user.id);
  expect((await bob.call("DELETE", `/api/classes/${to.id}?revision=1&reassign=none`)).status).toBe(204);
  await until(() => query.get(ids[0]!)?.classId === null);
  author.add();
  await author.saved();
});

test("classes are changed one field at a time", async () => {
  const { body: row } = await ada.call("POST", "/api/projects/default/classes", {
    name: "One",
    color: "#111111",
  });
  const changed = await ada.call("PATCH", `/api/classes/${row.id}`, { color: "#abcdef", revision: 1 });
  expect(changed.body).toEqual({ ...row, color: "#abcdef", revision: 2 });
  expect((await ada.call("PATCH", `/api/classes/${row.id}`, { color: "red", revision: 2 })).status).toBe(400);
});

test("names of authors, of those there are", async () => {
  const named = await ada.get(`/api/users?ids=${bob.user.id},nobody,${ada.user.id}`);
  expect(named.map((user: { name: string }) => user.name).toSorted()).toEqual(
    [ada.user.name, bob.user.name].toSorted(),
  );
  expect((await ada.call("GET", "/api/users?ids=a,,b")).status).toBe(400);
});

test("a class says what its annotations say more", async () => {
  const attributes = [
    { name: "Grade", type: "select", options: ["low", "high"], default: "low" },
    { name: "Ki-67", type: "number", unit: "%", min: 0, max: 100 },
    { name: "Touches the edge", type: "checkbox", default: false },
    { name: "Note", type: "text" },
  ];
  const details = {
    ontologyIri: "http://purl.obolibrary.org/obo/CL_0000540",
    synonyms: ["neurons"],
    attributes,
  };
  const path = "/api/projects/default/classes";
  const plain = await ada.call("POST", path, { name: "Glia", color: "#111111" });
  expect(plain.body).toMatchObject({ ontologyIri: "", synonyms: [], attributes: [] });
  const { status, body: row } = await ada.call("POST", path, {
    name: "Neuron",
    color: "#111111",
    ...details,
  });
  expect(status).toBe(201);
  expect(row).toMatchObject(details);
  const fewer = { attributes: attributes.slice(1), synonyms: [], revision: 1 };
  const { body: changed } = await bob.call("PATCH", `/api/classes/${row.id}`, fewer);
  expect(changed).toEqual({ ...row, ...fewer, revision: 2 });
  expect((await ada.call("PATCH", `/api/classes/${row.id}`, { attributes, revision: 1 })).status).toBe(409);
  expect(await ada.get(path)).toContainEqual(changed);
});

test.each([
  ["an address that is none", { ontologyIri: "javascript:alert(1)" }],
  ["the same other name twice", { synonyms: ["a", "a"] }],
  ["a select without options", { attributes: [{ name: "a", type: "select" }] }],
  ["a text with options", { attributes: [{ name: "a", type: "text", options: ["b"] }] }],
  ["an option twice", { attributes: [{ name: "a", type: "select", options: ["b", "b"] }] }],
  [
    "a proposal that is no option",
    { attributes: [{ name: "a", type: "select", options: ["b"], default: "c" }] },
  ],
  ["limits the wrong way round", { attributes: [{ name: "a", type: "number", min: 2, max: 1 }] }],
  ["a proposal outside of the limits", { attributes: [{ name: "a", type: "number", max: 1, default: 2 }] }],
  ["a name with a slash", { attributes: [{ name: "a/b", type: "text" }] }],
  ["a name of Coscope's own", { attributes: [{ name: "coscope.locked", type: "checkbox" }] }],
  [
    "a name twice",
    {
      attributes: [
        { name: "a", type: "text" },
        { name: "a", type: "number" },
      ],
    },
  ],
])("a class with %s is refused", async (_what, details) => {
  const body = { name: "X", color: "#111111", ...details };
  expect((await ada.call("POST", "/api/projects/default/classes", body)).status).toBe(400);
});

test.each([
  ["no JSON", "{", 400],
  ["another type", "[]", 400],
  ["an empty name", '{"name":" "}', 400],
  ["too long a name", JSON.stringify({ name: "x".repeat(300) }), 400],
])("%s is refused with a sentence", async (_what, body, status) => {
  const response = await fetch(`${server.url}/api/images/demo/layers`, {
    method: "POST",
    headers: { authorization: `Bearer ${ada.token}`, "content-type": "application/json" },
    body,
  });
  expect(response.status).toBe(status);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe("bad-request");
  expect(error.message).toMatch(/\.$/);
});

test("the API is described: every route, answer and field that a stranger needs", async () => {
  const document = await (await fetch(`${server.url}/api/openapi.json`)).json();
  const paths = Object.keys(document.paths);
  expect(paths).toEqual(
    expect.arrayContaining([
      "/api/sessions/guest",
      "/api/session",
      "/api/projects",
      "/api/projects/{id}/classes",
      "/api/classes/{id}",
      "/api/images",
      "/api/images/{id}",
      "/api/images/{id}/layers",
      "/api/layers/{id}",
      "/api/rooms/{epoch}/{imageId}/{layerId}/durable",
      "/data/images/{id}/{path}",
      "/api/images/{id}/source/{path}",
      "/api/images/look",
      "/api/connections",
      "/demo/{path}",
      "/healthz",
      "/readyz",
      "/metrics",
    ]),
  );
  type Operation = {
    summary?: string;
    security?: unknown;
    responses: Record<string, { description: string; content?: object }>;
  };
  for (const [path, operations] of Object.entries(
    document.paths as Record<string, Record<string, Operation>>,
  )) {
    for (const [method, operation] of Object.entries(operations)) {
      expect(operation.summary, `${method} ${path}`).toBeTruthy();
      const isFile = /^\/(data|demo)\/|\/source\/|\/files\/|\/embeddings$/.test(path);
      const open = !/^\/(api|data)\//.test(path) || path === "/api/sessions/guest";
      expect(operation.security === undefined, `${method} ${path}: security`).toBe(open);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description, `${method} ${path} ${status}`).toBeTruthy();
        const isEmpty = status === "204" || (isFile && /^(304|404|416)$/.test(status));
        if (!isEmpty) expect(response.content, `${method} ${path} ${status}`).toBeTruthy();
      }
    }
  }
  expect(document.components.securitySchemes).toMatchObject({ cookie: {}, bearer: { scheme: "bearer" } });
  expect(JSON.stringify(document.components.schemas)).toContain("example");
});

test("its page is served from here alone", async () => {
  const page = await fetch(`${server.url}/api/docs`);
  const html = await page.text();
  expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
  expect(html).not.toMatch(/https?:\/\//);
  for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g))
    expect((await fetch(server.url + path)).status, path).toBe(200);
  expect((await fetch(`${server.url}/api/docs/package.json`)).status).toBe(404);
  expect((await fetch(`${server.url}/api/docs/constructor`)).status).toBe(404);
});

test("health, readiness and measurements", async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  for (const name of [
    "coscope_sockets",
    "coscope_rooms",
    "coscope_updates_total",
    "coscope_commit_seconds",
    "coscope_ack_seconds",
    "coscope_presence_frames_total",
    "coscope_http_seconds",
  ])
    expect(text, name).toContain(`# TYPE ${name}`);
});

test("an unknown path of the API is an error, not the page", async () => {
  const response = await fetch(`${server.url}/api/nothing`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: "not-found" } });
});

test.each([
  ["a NUL in a name", "POST", "/api/projects/default/classes", { name: "a\0b", color: "#111111" }],
  [
    "a NUL in a description",
    "POST",
    "/api/projects/default/classes",
    { name: "a", color: "#111111", description: "\0" },
  ],
  ["a huge revision", "PATCH", "/api/images/demo", { name: "a", revision: 2 ** 40 }],
  ["a huge revision in a query", "DELETE", `/api/images/demo?revision=${2 ** 40}`, undefined],
  ["a huge index", "PATCH", "/api/classes/x", { position: 1e300, revision: 1 }],
  ["an id that is none", "DELETE", "/api/classes/x?revision=1&reassign=%00", undefined],
  ["an epoch with a leading zero", "GET", "/api/rooms/e01/demo/x/durable", undefined],
])("%s is refused, not an error of the server", async (_what, method, path, body) => {
  expect(await ada.call(method, path, body)).toMatchObject({
    status: 400,
    body: { error: { code: "bad-request" } },
  });
});

test("durable of another epoch is refused with the row as it is", async () => {
  const layer = await ada.newLayer();
  const answer = await ada.call("GET", `/api/rooms/${layer.room.replace("e1/", "e2/")}/durable`);
  expect(answer).toMatchObject({
    status: 409,
    body: { error: { code: "epoch-changed", current: { id: layer.id, room: layer.room } } },
  });
});

test("addresses that strangers make up leave nothing behind in the measurements", async () => {
  for (const path of ["/api/made-up-1", "/data/made-up-1/x", "/made-up-1", "/demo/made-up-1"])
    await fetch(server.url + path);
  expect(await (await fetch(`${server.url}/metrics`)).text()).not.toContain("made-up");
});

test("a request beyond all measure is refused before it is read", async () => {
  const answer = await ada.call("POST", "/api/images/demo/layers", { name: "x".repeat(100_000) });
  expect(answer).toMatchObject({ status: 413, body: { error: { code: "too-large" } } });
  // Its body is left unread, so the connection must not be used again.
  expect(answer.headers.get("connection")).toBe("close");
});

// The last one: it uses up what this address may do.
test("who asks for sessions without end has to wait", async () => {
  const statuses = new Set<number>();
  for (let i = 0; i < 120; i++) {
    const response = await fetch(`${server.url}/api/sessions/guest`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Again", color: "#000000" }),
    });
    await response.arrayBuffer();
    statuses.add(response.status);
  }
  expect(statuses).toEqual(new Set([201, 429]));
});

test("an image takes so many layers, however they are asked for, and is told when it is full", async () => {
  const before = (await ada.get("/api/images/demo/layers")).length;
  const ask = () => ada.call("POST", "/api/images/demo/layers", { name: "more" });
  const answers = await Promise.all(Array.from({ length: 200 - before }, ask));
  const refused = answers.filter(({ status }) => status !== 201);
  expect(refused).toHaveLength(10);
  for (const answer of refused)
    expect(answer).toMatchObject({ status: 413, body: { error: { code: "too-many-layers" } } });
  const rows = await ada.get("/api/images/demo/layers");
  expect(rows).toHaveLength(190);
  expect(new Set(rows.map((row: { position: number }) => row.position)).size).toBe(190);
  const { id, revision } = rows.at(-1);
  expect((await ada.call("DELETE", `/api/layers/${id}?revision=${revision}`)).status).toBe(204);
  expect((await ask()).status).toBe(201);
});

test("what is saved of layers that nobody has open is told, but not over and over at once", async () => {
  const layers = await ada.get("/api/images/demo/layers");
  const ask = (room: string) => bob.call("GET", `/api/rooms/${room.slice(1)}/durable`);
  const answers = await Promise.all(layers.map(({ room }: { room: string }) => ask(room)));
  const statuses = new Set(answers.map(({ status }) => status));
  expect([...statuses].every((status) => status === 200 || status === 429)).toBe(true);
  expect(statuses.has(200)).toBe(true);
  expect((await ask(layers[0].room)).body).toMatchObject({
    room: layers[0].room,
    sequence: expect.any(Number),
  });
});
