import { expect, test } from "vitest";
import * as Y from "yjs";
import { seeded } from "../shapes/overlay.testing.ts";
import { contentHash } from "./content-hash.ts";
import { createLayerDocument } from "./layer-document.ts";
import { inPieces, Pieces } from "./pieces.ts";

const BYTES = 500;

/** Several people who overwrite and remove each other's values, in maps, nested types and texts. */
function tangle(seed: number): Y.Doc {
  const random = seeded(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const docs = Array.from({ length: 4 }, () => createLayerDocument().doc);
  // Who is whose elder decides what is overwritten, and so how much hangs together.
  for (const doc of docs) doc.clientID = Math.floor(random() * 2 ** 32);
  for (let round = 0; round < 300; round++) {
    const doc = docs[below(4)]!;
    const values = doc.getMap("label");
    const key = `k${below(20)}`;
    const kind = below(6);
    if (kind < 3) values.set(key, "x".repeat(below(80)));
    else if (kind === 3) values.delete(key);
    else if (kind === 4) doc.getMap("nested").set(key, new Y.Text("words"));
    else (doc.getMap("nested").get(key) as Y.Text | undefined)?.insert(0, `more ${round}`);
    if (below(4) === 0) {
      const other = docs[below(4)]!;
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)));
    }
  }
  for (const other of docs) Y.applyUpdate(docs[0]!, Y.encodeStateAsUpdate(other));
  return docs[0]!;
}

/** After every piece nothing waits for what has not come. */
function applyAll(target: Y.Doc, updates: Iterable<Uint8Array>): void {
  for (const update of updates) {
    Y.applyUpdate(target, update);
    expect(target.store.pendingStructs).toBeNull();
    expect(target.store.pendingDs).toBeNull();
  }
}

function sameAs(doc: Y.Doc, other: Y.Doc): void {
  expect(contentHash(other)).toBe(contentHash(doc));
  expect(Y.encodeStateAsUpdate(other)).toEqual(Y.encodeStateAsUpdate(doc));
  expect(other.getMap("nested").toJSON()).toEqual(doc.getMap("nested").toJSON());
}

const all = function* (pieces: Pieces) {
  for (let piece = pieces.next(BYTES); piece; piece = pieces.next(BYTES)) yield piece;
};

test.each([1, 2, 3, 4, 5])("a document in pieces is the same document, seed %i", (seed) => {
  const doc = tangle(seed);
  const target = createLayerDocument().doc;
  const pieces = [...all(Pieces.of(doc, new Map()))];
  expect(pieces.length).toBeGreaterThan(3);
  applyAll(target, [...pieces, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc))]);
  sameAs(doc, target);
});

test.each([6, 7, 8])(
  "only what is missing is handed out, from the middle of a struct too, seed %i",
  (seed) => {
    const doc = tangle(seed);
    const target = createLayerDocument().doc;
    // Breaks off after three pieces, as a line does.
    const first = Pieces.of(doc, new Map());
    applyAll(target, [first.next(BYTES)!, first.next(BYTES)!, first.next(BYTES)!]);
    const had = Y.decodeStateVector(Y.encodeStateVector(target));
    const rest = [...all(Pieces.of(doc, had))];
    const bytes = rest.reduce((sum, piece) => sum + piece.byteLength, 0);
    expect(bytes).toBeLessThan(Y.encodeStateAsUpdate(doc).byteLength - 3 * BYTES + 500);
    applyAll(target, [...rest, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc))]);
    sameAs(doc, target);
  },
);

test("a document may be changed in between: what comes live completes it", () => {
  const doc = tangle(9);
  const target = createLayerDocument().doc;
  const pieces = Pieces.of(doc, new Map());
  doc.on("update", (update: Uint8Array) => Y.applyUpdate(target, update));
  let n = 0;
  for (let piece = pieces.next(BYTES); piece; piece = pieces.next(BYTES)) {
    Y.applyUpdate(target, piece);
    doc.getMap("label").set(`k${n % 20}`, `written meanwhile ${n}`);
    doc.getMap("label").delete(`k${(n + 7) % 20}`);
    n++;
  }
  Y.applyUpdate(target, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc)));
  expect(target.store.pendingStructs).toBeNull();
  sameAs(doc, target);
});

test.each([10, 11, 12])(
  "an update in pieces is the same update, also one on top of others, seed %i",
  (seed) => {
    const doc = tangle(seed);
    const base = createLayerDocument().doc;
    const first = Pieces.of(doc, new Map());
    applyAll(base, [first.next(BYTES)!, first.next(BYTES)!]);
    const update = Y.encodeStateAsUpdate(doc, Y.encodeStateVector(base));
    const pieces = inPieces(update, BYTES);
    expect(pieces.length).toBeGreaterThan(3);
    applyAll(base, pieces);
    sameAs(doc, base);
  },
);

test("what is small, or has holes, stays in one", () => {
  const doc = tangle(13);
  const update = Y.encodeStateAsUpdate(doc);
  expect(inPieces(update, update.byteLength)).toEqual([update]);
  const updates: Uint8Array[] = [];
  const other = new Y.Doc();
  other.on("update", (made: Uint8Array) => updates.push(made));
  for (let i = 0; i < 3; i++) other.getMap("label").set(`${i}`, "x".repeat(400));
  const holed = Y.mergeUpdates([updates[0]!, updates[2]!]);
  expect(inPieces(holed, BYTES)).toEqual([holed]);
});
