import { HocuspocusProvider } from "@hocuspocus/provider";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { startTestServer, type TestServer, until } from "./harness.ts";
import { decodeShape, encodeShape, hashOf, type Shape } from "./stranger-codec.ts";

/**
 * A client written from /api/openapi.json and PROTOCOL.md alone, on `/collab`, that does all that a person can do to
 * an annotation and knows of each edit that it is saved.
 */
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.remove());

async function call(method: string, path: string, token = "", body?: unknown) {
  const response = await fetch(server.url + path, {
    method,
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(response.ok, `${method} ${path}`).toBe(true);
  return response.status === 204 ? null : response.json();
}

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const newStamp = () => crypto.getRandomValues(new Uint8Array(8));
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** One visit to a room: a document of its own, and what the server says about it. */
class Visit {
  readonly doc = new Y.Doc();
  readonly refusals: { reason: string; detail?: string; clock?: number; clockTo?: number }[] = [];
  readonly #provider: HocuspocusProvider;
  #pushed = new Map<number, number>();

  constructor(room: string, token: string) {
    this.#provider = new HocuspocusProvider({
      url: `${server.url.replace("http", "ws")}/collab`,
      name: room,
      token,
      document: this.doc,
      onStateless: ({ payload }) => {
        const message = JSON.parse(payload);
        if (message.room !== room) return;
        if (message.t === "durable") this.#pushed = Y.decodeStateVector(bytes(message.sv));
        if (message.t === "rejected") this.refusals.push(message);
      },
    });
  }

  synced = () => until(() => this.#provider.synced);
  leave = () => this.#provider.destroy();
  map = (name: string) => this.doc.getMap<unknown>(name);
  get clock(): number {
    return Y.decodeStateVector(Y.encodeStateVector(this.doc)).get(this.doc.clientID) ?? 0;
  }
  saved = () => until(() => (this.#pushed.get(this.doc.clientID) ?? 0) >= this.clock);

  add(id: string, author: string, shape: Shape, classId?: string, label?: string): void {
    this.doc.transact(() => {
      this.map("origin").set(id, [author, Date.now(), newStamp()]);
      this.map("geometry").set(id, encodeShape(shape));
      if (classId) this.map("class").set(id, classId);
      if (label) this.map("label").set(id, label);
    });
  }

  /** `key` is an annotation's id, or an attribute's key, which begins with it. */
  created(key: string): Uint8Array {
    const [id = ""] = key.split("/");
    return (this.map("origin").get(id) as [string, number, Uint8Array])[2];
  }

  shape = (id: string) => decodeShape(this.map("geometry").get(id) as Uint8Array);
  shapeStamp = (id: string) => this.shape(id).stamp ?? this.created(id);

  /** What a map holds for an annotation, and the stamp of whoever put it there. */
  value(name: string, id: string): { of: unknown; stamp: Uint8Array } {
    const value = this.map(name).get(id);
    if (Array.isArray(value)) return { of: value[0], stamp: (value[1] as Uint8Array).slice(0, 8) };
    return { of: value, stamp: this.created(id) };
  }

  replace(name: string, id: string, of: unknown, seen: Uint8Array = new Uint8Array()): void {
    this.map(name).set(id, [of, joined(newStamp(), this.value(name, id).stamp, seen)]);
  }
}

test("a stranger draws, reshapes, renames, reclasses and removes, and finds it all again", async () => {
  const { user, token } = await call("POST", "/api/sessions/guest", "", { name: "Far", color: "#abcdef" });
  const [image] = await call("GET", "/api/images", token);
  const [one, two] = await call("GET", `/api/projects/${image.projectId}/classes`, token);
  const { room } = await call("POST", `/api/images/${image.id}/layers`, token, { name: "By a stranger" });
  const visit = new Visit(room, token);
  await visit.synced();

  const polygon: Shape = {
    kind: "polygon",
    parts: [
      [
        [
          [0, 0],
          [400, 0],
          [400, 400.5],
          [0, 400],
        ],
        [
          [100, 100],
          [100, 300],
          [300, 100],
        ],
      ],
      [
        [
          [-5, -5],
          [-9, -5],
          [-9, -9],
        ],
      ],
    ],
  };
  visit.add("polygon", user.id, polygon, one.id);
  visit.add("rectangle", user.id, { kind: "rectangle", x: 10, y: 20, width: 30, height: 40, turn: 0 });
  visit.add("point", user.id, { kind: "point", x: 1.5, y: -2 }, one.id, "A name ✓");
  await visit.saved();

  const reshaped: Shape = { kind: "rectangle", x: 12, y: 20, width: 60, height: 40, turn: 1 / 16 };
  const stamps = joined(newStamp(), visit.shapeStamp("rectangle"));
  visit.map("geometry").set("rectangle", encodeShape(reshaped, stamps));
  visit.doc.transact(() => {
    for (const id of ["polygon", "rectangle"]) visit.replace("class", id, two.id);
  });
  visit.replace("label", "point", "Another name");
  visit.replace("attribute", "point/score", [0.5, { sure: null }]);
  visit.replace("removed", "polygon", true, visit.shapeStamp("polygon"));
  await visit.saved();
  expect(visit.refusals).toEqual([]);

  const { stateVector, room: answered } = await call("GET", `/api/rooms/${room}/durable`, token);
  expect(answered).toBe(room);
  expect(Y.decodeStateVector(bytes(stateVector)).get(visit.doc.clientID)).toBe(visit.clock);
  const hash = hashOf(visit.doc);
  visit.leave();

  const again = new Visit(room, token);
  await again.synced();
  expect(hashOf(again.doc)).toBe(hash);
  expect([...again.map("origin").keys()].sort()).toEqual(["point", "polygon", "rectangle"]);
  expect(again.shape("polygon").shape).toEqual(polygon);
  expect(again.shape("rectangle").shape).toEqual(reshaped);
  expect(again.value("class", "rectangle").of).toBe(two.id);
  expect(again.value("label", "point").of).toBe("Another name");
  expect(again.value("attribute", "point/score").of).toEqual([0.5, { sure: null }]);
  expect(again.value("removed", "polygon").of).toBe(true);
  expect(again.value("removed", "point").of).toBeUndefined();

  // Deleting a class that is in use asks first, then edits the live document, as the API's description says.
  const taken = (await call("GET", `/api/projects/${image.projectId}/classes`, token)).find(
    (row: { id: string }) => row.id === two.id,
  );
  const gone = `/api/classes/${two.id}?revision=${taken.revision}`;
  const refused = await fetch(server.url + gone, {
    method: "DELETE",
    headers: { authorization: `Bearer ${token}` },
  });
  // Removed annotations do not count.
  expect([refused.status, (await refused.json()).error]).toMatchObject([
    409,
    { code: "class-in-use", count: 1 },
  ]);
  await call("DELETE", `${gone}&reassign=${one.id}`, token);
  await until(() => again.value("class", "rectangle").of === one.id);
  again.leave();
});

test("what the protocol forbids is refused with a reason, and a new visit goes on", async () => {
  const { user, token } = await call("POST", "/api/sessions/guest", "", { name: "Far", color: "#abcdef" });
  const { room } = await call("POST", "/api/images/demo/layers", token, { name: "Refused" });
  const visit = new Visit(room, token);
  await visit.synced();
  const point: Shape = { kind: "point", x: 1, y: 1 };
  visit.add("good", user.id, point);
  await visit.saved();
  const clock = visit.clock;
  visit.add("bad", "somebody-else", point);
  await until(() => visit.refusals.length > 0);
  expect(visit.refusals[0]).toMatchObject({ reason: "not-an-annotation", clock, clockTo: clock + 2 });
  expect(visit.refusals[0]!.detail).toContain("somebody-else");
  visit.leave();

  const again = new Visit(room, token);
  await again.synced();
  expect([...again.map("origin").keys()]).toEqual(["good"]);
  again.add("better", user.id, point);
  await again.saved();
  again.leave();
});
