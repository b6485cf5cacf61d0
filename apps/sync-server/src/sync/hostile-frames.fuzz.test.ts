import {
  contentHash,
  createLayerDocument,
  execute,
  makeAdd,
  makeMove,
  makeReclass,
  makeRemove,
} from "@coscope/annotations";
import { decodeClientFrame, encodePatch, PresenceDecodeError } from "@coscope/annotations/presence";
import * as encoding from "lib0/encoding";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { PendingItems, refusalOf } from "./check.ts";
import { classify, isDeletedIn, type RoomView } from "./classify.ts";
import { decodeUpdate, isStateVector } from "./decode.ts";
import { yjsDialect } from "./dialect.ts";
import { readFrame } from "./frame.ts";

/** `npm run fuzz` sets a million. */
const MUTANTS = Number(process.env["COSCOPE_MUTANTS"] ?? 100_000);
const SEED = Number(process.env["COSCOPE_SEED"] ?? Date.now() % 1_000_000);
const ROOM = "e1/demo/layer";

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function realUpdates(): Uint8Array[] {
  const layer = createLayerDocument();
  layer.doc.clientID = 77;
  const updates: Uint8Array[] = [];
  layer.doc.on("update", (update: Uint8Array) => updates.push(update));
  const geometry = { kind: "polygon", plane: { z: 0, t: 0 }, parts: [[[0, 0, 9, 0, 9, 9]]] } as const;
  const annotations = ["cell", "b", "c"].map((id) => ({ id, geometry, classId: "c1", label: "hm" }));
  execute(layer, makeAdd({ author: "eve", annotations }), null);
  execute(layer, makeMove(["cell", "b"], 3, 4), null);
  execute(layer, makeReclass(["cell"], null), null);
  execute(layer, makeRemove(["b"]), null);
  const other = createLayerDocument(new Y.Doc());
  other.doc.clientID = 5;
  Y.applyUpdate(other.doc, updates[0]!);
  const beside = Y.encodeStateVector(other.doc);
  execute(other, makeReclass(["cell", "c"], "c2"), null);
  return [...updates, Y.encodeStateAsUpdate(layer.doc), Y.encodeStateAsUpdate(other.doc, beside)];
}

function frameOf(step: number, payload: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, ROOM);
  encoding.writeVarUint(encoder, 0);
  encoding.writeVarUint(encoder, step);
  encoding.writeVarUint8Array(encoder, payload);
  return encoding.toUint8Array(encoder);
}

/** A document and what the server knows beside it; takes updates as a room does, without the database. */
class SmallRoom {
  readonly doc = createLayerDocument().doc;
  /** What was acknowledged: the log, from which the layer is loaded the next time. */
  readonly #log: Uint8Array[] = [];
  /** One of the client ids is a colleague's. */
  readonly #owners = new Map([[5, "bob"]]);
  readonly #view: RoomView = {
    clock: (client) => Y.getState(this.doc.store, client),
    owner: (client) => this.#owners.get(client),
    isDeleted: (client, clock, length) => isDeletedIn(this.doc, client, clock, length),
  };

  take(bytes: Uint8Array): string {
    const decoded = decodeUpdate(bytes);
    if (typeof decoded === "string") return decoded;
    const verdict = classify(decoded, "eve", this.#view);
    if (verdict.kind !== "new") return verdict.kind;
    if (refusalOf(bytes, new PendingItems().complete(decoded), this.doc, "eve") !== null) return "refused";
    for (const client of verdict.claims) this.#owners.set(client, "eve");
    Y.applyUpdate(this.doc, bytes);
    this.#log.push(bytes.slice());
    // What was acknowledged is there, and nothing waits for what never comes.
    for (const [client, clock] of verdict.after) expect(Y.getState(this.doc.store, client)).toBe(clock);
    expect(this.doc.store.pendingStructs).toBeNull();
    expect(this.doc.store.pendingDs).toBeNull();
    return "new";
  }

  /** Loaded anew, from single updates or from a snapshot and those after it, the layer is the same. */
  checkLog(): void {
    const hash = contentHash(this.doc);
    for (const folded of [0, Math.floor(this.#log.length / 2)]) {
      const snapshot = docOf(this.#log.slice(0, folded));
      const loaded = docOf([Y.encodeStateAsUpdate(snapshot), ...this.#log.slice(folded)]);
      expect(contentHash(loaded)).toBe(hash);
      expect(Y.encodeStateVector(loaded)).toEqual(Y.encodeStateVector(this.doc));
    }
  }
}

/** As rooms are loaded, and as snapshots are made: never by `mergeUpdates`, which takes other sides in what overlaps. */
function docOf(updates: readonly Uint8Array[]): Y.Doc {
  const { doc } = createLayerDocument();
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update);
  });
  return doc;
}

test(`${MUTANTS} mutants of what clients send, seed ${SEED}`, () => {
  const random = randomOf(SEED);
  const below = (limit: number) => Math.floor(random() * limit);
  const updates = realUpdates();
  const stateVector = Y.encodeStateVectorFromUpdate(Y.mergeUpdates(updates));
  const patch = encodePatch({ cursor: { x: 1, y: 2, tool: "lasso", pressed: true }, following: 2 });
  const seeds = [
    ...updates.flatMap((update) => [frameOf(2, update), frameOf(2, update), frameOf(1, update)]),
    frameOf(0, stateVector),
    patch,
  ];
  const toHocuspocus = yjsDialect(ROOM);
  const outcomes: Record<string, number> = {};
  let room = new SmallRoom();

  for (let n = 0; n < MUTANTS; n++) {
    if (n % 200 === 0) {
      room.checkLog();
      room = new SmallRoom();
      // Half of the time what is changed is known already, and half of the time new.
      if (n % 400 === 0) for (const update of updates) room.take(update);
    }
    let bytes = seeds[below(seeds.length)]!.slice();
    for (let edits = below(4); edits >= 0; edits--) {
      const at = below(bytes.length);
      const kind = below(5);
      if (kind === 0) bytes[at] = below(256);
      else if (kind === 1) bytes[at] = (bytes[at]! + (random() < 0.5 ? 1 : 255)) & 255;
      else if (kind === 2) bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + below(4)));
      else if (kind === 3) {
        const other = seeds[below(seeds.length)]!;
        const from = below(other.length);
        bytes = Uint8Array.of(
          ...bytes.subarray(0, at),
          ...other.subarray(from, from + below(40)),
          ...bytes.subarray(at),
        );
      } else bytes[at] = [0, 1, 10, 117, 127, 128, 255][below(7)]!;
      if (bytes.length === 0) bytes = Uint8Array.of(0);
    }
    const outcome = handle(bytes);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }

  room.checkLog();

  function handle(bytes: Uint8Array): string {
    if (bytes[0] === 0) {
      try {
        decodeClientFrame(bytes);
      } catch (error) {
        if (!(error instanceof PresenceDecodeError)) throw error;
      }
      toHocuspocus.inbound(bytes);
      return "presence";
    }
    const frame = readFrame(bytes);
    if (frame.kind === "step1") {
      const good = isStateVector(frame.stateVector);
      if (good) Y.encodeStateAsUpdate(room.doc, frame.stateVector);
      return good ? "step1" : "bad step1";
    }
    return frame.kind === "update" ? room.take(frame.update) : frame.kind;
  }

  // The mutants get everywhere: none of the ways out stays untried.
  for (const outcome of [
    "new",
    "known",
    "gap",
    "rejected",
    "refused",
    "malformed-update",
    "malformed",
    "step1",
  ])
    expect(outcomes[outcome] ?? 0, outcome).toBeGreaterThan(0);
});
