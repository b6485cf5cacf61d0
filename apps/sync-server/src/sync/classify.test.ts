import { expect, test } from "vitest";
import * as Y from "yjs";
import { classify, isDeletedIn, type RoomView } from "./classify.ts";
import { decodeUpdate } from "./decode.ts";

/** A room that has exactly what `doc` has; `owners` by client id. */
function viewOf(doc: Y.Doc, owners: Record<number, string> = {}): RoomView {
  return {
    clock: (client) => Y.getState(doc.store, client),
    owner: (client) => owners[client],
    isDeleted: (client, clock, length) => isDeletedIn(doc, client, clock, length),
  };
}

function docOf(clientId: number, from?: Y.Doc): Y.Doc {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  if (from) Y.applyUpdate(doc, Y.encodeStateAsUpdate(from));
  return doc;
}

function edit(doc: Y.Doc, run: (map: Y.Map<unknown>) => void): Uint8Array {
  const before = Y.encodeStateVector(doc);
  doc.transact(() => run(doc.getMap("label")));
  return Y.encodeStateAsUpdate(doc, before);
}

const judge = (update: Uint8Array, user: string, view: RoomView) =>
  classify(Y.decodeUpdate(update), user, view);
const empty = viewOf(new Y.Doc());

test("a new client id is claimed from clock 0 on", () => {
  const update = edit(docOf(1), (map) => map.set("a", 1));
  expect(judge(update, "ada", empty)).toEqual({ kind: "new", after: new Map([[1, 1]]), claims: [1] });
});

test("its owner goes on, from another socket too; nobody else does", () => {
  const server = new Y.Doc();
  const ada = docOf(1);
  Y.applyUpdate(
    server,
    edit(ada, (map) => map.set("a", 1)),
  );
  const next = edit(ada, (map) => map.set("b", 2));
  const view = viewOf(server, { 1: "ada" });
  expect(judge(next, "ada", view)).toEqual({ kind: "new", after: new Map([[1, 2]]), claims: [] });
  expect(judge(next, "eve", view)).toEqual({
    kind: "rejected",
    reason: "foreign-client-id",
    clientId: 1,
    clock: 1,
  });
});

test("structs that exist without an owner cannot be continued", () => {
  const server = new Y.Doc();
  const ada = docOf(1);
  Y.applyUpdate(
    server,
    edit(ada, (map) => map.set("a", 1)),
  );
  const next = edit(ada, (map) => map.set("b", 2));
  expect(judge(next, "ada", viewOf(server)).kind).toBe("rejected");
});

test("what is known is known, whoever sends it again", () => {
  const server = docOf(1);
  edit(server, (map) => {
    map.set("a", 1);
    map.set("a", 2);
  });
  const all = Y.encodeStateAsUpdate(server);
  expect(judge(all, "eve", viewOf(server, { 1: "ada" }))).toEqual({ kind: "known" });
});

test("a clock left out is a gap", () => {
  const ada = docOf(1);
  edit(ada, (map) => map.set("a", 1));
  expect(
    judge(
      edit(ada, (map) => map.set("b", 2)),
      "ada",
      empty,
    ),
  ).toEqual({ kind: "gap" });
});

test("a hole inside an update is a gap", () => {
  const ada = docOf(1);
  const first = edit(ada, (map) => map.set("a", 1));
  edit(ada, (map) => map.set("b", 2));
  const third = edit(ada, (map) => map.set("c", 3));
  expect(judge(Y.mergeUpdates([first, third]), "ada", empty)).toEqual({ kind: "gap" });
});

test("replacing a value that is not here is a gap", () => {
  const ada = docOf(1);
  edit(ada, (map) => map.set("a", 1));
  const bob = docOf(2, ada);
  expect(
    judge(
      edit(bob, (map) => map.set("a", 2)),
      "bob",
      empty,
    ),
  ).toEqual({ kind: "gap" });
});

test("two users' values in one update need two owners", () => {
  const ada = docOf(1);
  edit(ada, (map) => map.set("a", 1));
  const bob = docOf(2, ada);
  edit(bob, (map) => map.set("b", 1));
  const both = Y.encodeStateAsUpdate(bob);
  expect(judge(both, "bob", viewOf(new Y.Doc(), { 1: "ada" })).kind).toBe("rejected");
  expect(judge(both, "bob", viewOf(ada, { 1: "ada" }))).toEqual({
    kind: "new",
    after: new Map([[2, 1]]),
    claims: [2],
  });
});

test("a deletion alone is new once, and known when repeated", () => {
  const ada = docOf(1);
  edit(ada, (map) => map.set("a", 1));
  const server = docOf(9, ada);
  const bob = docOf(2, ada);
  const deletion = edit(bob, (map) => map.delete("a"));
  const view = viewOf(server, { 1: "ada" });
  expect(judge(deletion, "bob", view)).toEqual({ kind: "new", after: new Map(), claims: [] });
  Y.applyUpdate(server, deletion);
  expect(judge(deletion, "bob", view)).toEqual({ kind: "known" });
  expect(judge(deletion, "bob", empty)).toEqual({ kind: "gap" });
});

test("bytes that are no update are no update", () => {
  expect(decodeUpdate(Uint8Array.of(255, 255, 255))).toBe("malformed-update");
  expect(decodeUpdate(new Uint8Array())).toBe("malformed-update");
});
