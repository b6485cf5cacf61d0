import { createLayerDocument, execute, makeAdd } from "@coscope/annotations";
import { Document, type Hocuspocus } from "@hocuspocus/server";
import * as encoding from "lib0/encoding";
import { pino } from "pino";
import { beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { ServerError } from "../errors.ts";
import { createMetrics } from "../metrics.ts";
import type { StoredDocument } from "../store/documents.ts";
import type { RoomContext } from "./context.ts";
import { Rooms } from "./rooms.ts";

const NAME = "e1/image/layer";
const EMPTY: StoredDocument = {
  snapshot: null,
  updates: [],
  sequence: 0,
  snapshotSequence: 0,
  owners: new Map(),
};

/** Commits that wait for the test. */
let sequence: number;
let roomLeft: boolean;
let commits: { resolve(): void; reject(error: Error): void }[];
let snapshots: number[];
let unloaded: Document[];
let documents: Map<string, Document>;
let onFailure: ReturnType<typeof vi.fn<(room: unknown, error: ServerError) => void>>;
let rooms: Rooms;

beforeEach(() => {
  commits = [];
  roomLeft = true;
  snapshots = [];
  unloaded = [];
  documents = new Map();
  onFailure = vi.fn();
  sequence = 0;
  rooms = new Rooms({
    writer: {
      append: () =>
        new Promise((resolve, reject) => {
          commits.push({ resolve: () => resolve({ sequence: ++sequence }), reject });
        }),
      hasRoomFor: () => roomLeft,
      restMs: () => 0,
      idle: async () => {},
    },
    stored: {
      load: async () => EMPTY,
      saveSnapshot: async (_id, at) => snapshots.push(at),
    },
    limits: { refusal: () => null, close: () => {} },
    log: pino({ level: "silent" }),
    metrics: createMetrics(),
    onFailure,
  });
  rooms.attach({
    documents,
    unloadDocument: async (document: Document) => void unloaded.push(document),
  } as unknown as Hocuspocus<RoomContext>);
});

async function openDocument(): Promise<Document> {
  const document = new Document(NAME);
  await rooms.load(document);
  documents.set(NAME, document);
  return document;
}

function someEdit(author: string, doc = new Y.Doc()): Uint8Array {
  const before = Y.encodeStateVector(doc);
  const geometry = { kind: "point", plane: { z: 0, t: 0 }, x: 1, y: 1 } as const;
  execute(createLayerDocument(doc), makeAdd({ author, annotations: [{ geometry, classId: null }] }), "test");
  return Y.encodeStateAsUpdate(doc, before);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a document stays in memory while its last edits are being committed, and goes afterwards", async () => {
  const document = await openDocument();
  const room = rooms.of(document)!;
  expect(room.submit(someEdit("ada"), "ada").kind).toBe("accepted");
  await expect(rooms.beforeUnload(document)).rejects.toMatchObject({ reason: "edits are being committed" });
  expect(unloaded).toEqual([]);
  commits[0]!.resolve();
  await turn();
  expect(unloaded).toEqual([document]);
  await rooms.beforeUnload(document);
});

test("a late unload cannot take away a document that was loaded anew under the same name", async () => {
  const old = await openDocument();
  old.destroy();
  const current = await openDocument();
  await expect(rooms.beforeUnload(old)).rejects.toMatchObject({ reason: "not the current document" });
  await rooms.beforeUnload(current);
  expect(rooms.of(old)).toBeNull();
  expect(rooms.of(current)).not.toBeNull();
});

test("an edit is in the document, and durable, only after its commit", async () => {
  const document = await openDocument();
  const room = rooms.of(document)!;
  const doc = new Y.Doc();
  const first = room.submit(someEdit("ada", doc), "ada");
  const second = room.submit(someEdit("ada", doc), "ada");
  await turn();
  expect(document.getMap("origin").size).toBe(0);
  expect(room.durable()).toMatchObject({ stateVector: "AA==", sequence: 0 });
  commits[0]!.resolve();
  await (first as { done: Promise<void> }).done;
  expect(document.getMap("origin").size).toBe(1);
  expect(room.durable().sequence).toBe(1);
  commits[1]!.resolve();
  await (second as { done: Promise<void> }).done;
  expect(Buffer.from(room.durable().stateVector, "base64")).toEqual(Buffer.from(Y.encodeStateVector(doc)));
});

test("what finds no room in the queue is not accepted, and harms nothing: it may come again", async () => {
  const document = await openDocument();
  const room = rooms.of(document)!;
  const doc = new Y.Doc();
  const first = room.submit(someEdit("ada", doc), "ada");
  roomLeft = false;
  const before = Y.encodeStateVector(doc);
  const refused = someEdit("ada", doc);
  expect(room.submit(refused, "ada")).toEqual({ kind: "busy" });
  expect(room.submit(someEdit("ada", doc), "ada")).toEqual({ kind: "gap" });
  roomLeft = true;
  const again = room.submit(Y.encodeStateAsUpdate(doc, before), "ada");
  expect([first.kind, again.kind, commits.length]).toEqual(["accepted", "accepted", 2]);
  for (const commit of commits) commit.resolve();
  await (again as { done: Promise<void> }).done;
  expect(document.getMap("origin").size).toBe(3);
  expect(onFailure).not.toHaveBeenCalled();
});

test("what is sent again is acknowledged no earlier than the first time", async () => {
  const document = await openDocument();
  const room = rooms.of(document)!;
  const edit = someEdit("ada");
  room.submit(edit, "ada");
  const again = room.submit(edit, "ada");
  let done = false;
  void (again as { done: Promise<void> }).done.then(() => {
    done = true;
  });
  await turn();
  expect([commits.length, done]).toEqual([1, false]);
  commits[0]!.resolve();
  await turn();
  expect(done).toBe(true);
});

test("a room that could not save is given up as a whole, once", async () => {
  const document = await openDocument();
  const room = rooms.of(document)!;
  const doc = new Y.Doc();
  const submissions = [room.submit(someEdit("ada", doc), "ada"), room.submit(someEdit("ada", doc), "ada")];
  for (const commit of commits) commit.reject(new ServerError("store-failed", "full"));
  const settled = await Promise.allSettled(submissions.map((s) => (s as { done: Promise<void> }).done));
  expect(settled.map((result) => result.status)).toEqual(["rejected", "rejected"]);
  expect(onFailure).toHaveBeenCalledTimes(1);
  expect(room.failed).toBe(true);
  expect(document.getMap("origin").size).toBe(0);
  await expect(rooms.beforeUnload(document)).rejects.toMatchObject({ reason: "not the current document" });
  expect(snapshots).toEqual([]);
});

test("a room that was given up makes way at once, though some are still leaving it", async () => {
  const document = await openDocument();
  document.addDirectConnection();
  const lost = rooms.of(document)!.submit(someEdit("ada"), "ada") as { done: Promise<void> };
  commits[0]!.reject(new ServerError("store-failed", "full"));
  await expect(lost.done).rejects.toMatchObject({ code: "store-failed" });
  expect([rooms.of(document), documents.has(NAME)]).toEqual([null, false]);
  const next = await openDocument();
  document.removeDirectConnection();
  await expect(rooms.beforeUnload(document)).rejects.toMatchObject({ reason: "not the current document" });
  expect(rooms.of(next)?.failed).toBe(false);
});

test("nothing is applied or told in a room that was given up, whatever is written later", async () => {
  const document = await openDocument();
  const room = rooms.of(document)!;
  const doc = new Y.Doc();
  const submit = () => (room.submit(someEdit("ada", doc), "ada") as { done: Promise<void> }).done;
  const written = Promise.allSettled([submit(), submit()]);
  commits[0]!.reject(new ServerError("store-failed", "full"));
  await turn();
  commits[1]!.resolve();
  const states = [...(await written), ...(await Promise.allSettled([submit()]))];
  expect(states.map((state) => state.status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(commits).toHaveLength(2);
  expect(room.durable()).toMatchObject({ stateVector: "AA==", sequence: 0 });
  expect(document.getMap("origin").size).toBe(0);
});

test("a room behind whose back something was written is given up", async () => {
  const document = await openDocument();
  const room = rooms.of(document)!;
  const skipped = room.submit(someEdit("ada"), "ada");
  sequence++;
  commits[0]!.resolve();
  await expect((skipped as { done: Promise<void> }).done).rejects.toThrow(/expected update 1, got 2/);
  expect(onFailure).toHaveBeenCalledTimes(1);
});

test("a busy room is folded when it is left", async () => {
  const document = await openDocument();
  const room = rooms.of(document)!;
  const doc = new Y.Doc();
  for (let i = 0; i < 20; i++) room.submit(someEdit("ada", doc), "ada");
  for (const commit of commits) commit.resolve();
  await turn();
  await rooms.beforeUnload(document);
  expect(snapshots).toEqual([20]);
  expect(room.unfolded).toBe(0);
  await rooms.beforeUnload(document);
  expect(snapshots).toEqual([20]);
});

test("a replaced value of a billion clocks in a few bytes costs nothing while it is being committed", async () => {
  const document = await openDocument();
  const room = rooms.of(document)!;
  const encoder = encoding.createEncoder();
  // One client with one struct, from clock 0: deleted content (1) under a key (0x20) of the map "label".
  for (const number of [1, 1, 7, 0, 1 | 0x20, 1]) encoding.writeVarUint(encoder, number);
  encoding.writeVarString(encoder, "label");
  encoding.writeVarString(encoder, "a".repeat(16));
  encoding.writeVarUint(encoder, 2 ** 40 - 1);
  encoding.writeVarUint(encoder, 0);
  expect(room.submit(encoding.toUint8Array(encoder), "ada").kind).toBe("accepted");
  commits[0]!.resolve();
  await turn();
  expect(room.pending).toBe(0);
});
