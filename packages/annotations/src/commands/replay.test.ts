import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { contentHash, createLayerDocument, type LayerDocument } from "../document/index.ts";
import { createQuery } from "../query/index.ts";
import {
  execute,
  makeAdd,
  makeMove,
  makeReclass,
  makeRemove,
  makeReshape,
  makeRestore,
  type QueuedCommand,
  replay,
  replayQueue,
} from "./index.ts";
import { annaAndBen, type Person, point, sync } from "./two-people.testing.ts";
import type { Outcome } from "./types.ts";

/** What an outbox would have kept. */
const kept = ({ command, clientId, clockFrom, clockTo }: Outcome): QueuedCommand => ({
  key: command.stamp,
  command: structuredClone(command),
  clientId,
  clockFrom,
  clockTo,
});

/** The page opened anew: what the server (here: the other person) has. */
function reopened({ layer }: Person): LayerDocument {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(layer.doc));
  return createLayerDocument(doc);
}

const shapeOf = (layer: LayerDocument) => createQuery(layer).get("cell")?.geometry;

describe("replay", () => {
  test("writes what had not arrived, and nothing twice", () => {
    const { anna, ben } = annaAndBen();
    const queue = [
      anna.do(makeMove(["cell"], 1, 0)),
      anna.do(makeReshape("cell", point(7))),
      anna.do(makeReclass(["cell"], "c4")),
      anna.do(makeAdd({ author: "anna", annotations: [{ id: "new", geometry: point(3) }] })),
      anna.do(makeRemove(["new"])),
    ].map(kept);
    const layer = reopened(ben);
    const first = replayQueue(layer, queue, "replay");
    expect(first.conflicts).toEqual([]);
    expect(createQuery(layer).get("cell")).toMatchObject({ geometry: point(7), classId: "c4" });
    expect(createQuery(layer).size).toBe(1);
    const hash = contentHash(layer.doc);
    for (const again of [queue, first.results.map(({ outcome }) => kept(outcome))]) {
      const { results, conflicts } = replayQueue(layer, again, "replay");
      expect(results.every(({ outcome }) => outcome.touched.length === 0)).toBe(true);
      expect(conflicts).toEqual([]);
      expect(contentHash(layer.doc)).toBe(hash);
    }
  });

  test("what arrived is not written again, also where a colleague built upon it", () => {
    const { anna, ben } = annaAndBen();
    const queue = [anna.do(makeReshape("cell", point(1))), anna.do(makeMove(["cell"], 1, 0))].map(kept);
    sync(anna, ben);
    ben.do(makeReshape("cell", point(50)));
    const layer = reopened(ben);
    const { results, conflicts } = replayQueue(layer, queue, "replay");
    expect(conflicts).toEqual([]);
    expect(results.flatMap(({ outcome }) => outcome.touched)).toEqual([]);
    expect(shapeOf(layer)).toEqual(point(50));
  });

  test("absolute edits yield to a colleague's and are offered as copies; the newest only", () => {
    const { anna, ben } = annaAndBen();
    const queue = [
      anna.do(makeReshape("cell", point(1))),
      anna.do(makeReshape("cell", point(2))),
      anna.do(makeMove(["cell"], 1, 0)),
    ].map(kept);
    ben.do(makeReshape("cell", point(50)));
    const layer = reopened(ben);
    const { conflicts } = replayQueue(layer, queue, "replay");
    expect(shapeOf(layer)).toEqual(point(50));
    expect(conflicts).toMatchObject([{ kind: "overwritten", lost: point(3), winner: point(50), depth: 3 }]);
  });

  test("moves are applied to the newest shape", () => {
    const { anna, ben } = annaAndBen();
    const queue = [anna.do(makeMove(["cell"], 1, 0)), anna.do(makeMove(["cell"], 0, 2))].map(kept);
    ben.do(makeReshape("cell", point(50)));
    const layer = reopened(ben);
    expect(replayQueue(layer, queue, "replay").conflicts).toEqual([]);
    expect(shapeOf(layer)).toEqual(point(51, 2));
  });

  test("what arrived and lost is told (absolute) or applied anew (relative)", () => {
    for (const [command, shape, told] of [
      [makeReshape("cell", point(1)), point(50), 1],
      [makeMove(["cell"], 1, 0), point(51), 0],
    ] as const) {
      const { anna, ben } = annaAndBen();
      const queue = [kept(anna.do(command))];
      ben.do(makeReshape("cell", point(50)));
      sync(anna, ben);
      const layer = reopened(ben);
      const { conflicts } = replayQueue(layer, queue, "replay");
      expect(shapeOf(layer)).toEqual(shape);
      expect(conflicts).toHaveLength(told);
    }
  });

  test("a move that a later command has repeated is not applied twice", () => {
    const { anna, ben } = annaAndBen();
    const lost = anna.do(makeMove(["cell"], 1, 0));
    ben.do(makeReshape("cell", point(50)));
    sync(anna, ben);
    const again = anna.do({ ...makeMove(["cell"], 1, 0), again: [lost.command.stamp] });
    for (const arrived of [false, true]) {
      if (arrived) sync(anna, ben);
      const layer = reopened(ben);
      replayQueue(layer, [kept(lost), kept(again)], "replay");
      expect(shapeOf(layer)).toEqual(point(51));
    }
  });

  test("an edit that was undone offline is not offered", () => {
    const { anna, ben } = annaAndBen();
    const reshape = anna.do(makeReshape("cell", point(1)));
    const undo = execute(anna.layer, reshape.inverse!, "me");
    ben.do(makeReshape("cell", point(50)));
    const layer = reopened(ben);
    const { conflicts } = replayQueue(layer, [kept(reshape), kept(undo)], "replay");
    expect(conflicts).toEqual([]);
    expect(shapeOf(layer)).toEqual(point(50));
  });

  test("an edit beneath one that was undone offline is offered", () => {
    const { anna, ben } = annaAndBen();
    const first = anna.do(makeReshape("cell", point(1)));
    const second = anna.do(makeReshape("cell", point(2)));
    const undo = execute(anna.layer, second.inverse!, "me");
    const redo = execute(anna.layer, undo.inverse!, "me");
    ben.do(makeReshape("cell", point(50)));
    const lost = (...outcomes: Outcome[]) =>
      replayQueue(reopened(ben), outcomes.map(kept), "replay").conflicts.map((conflict) => conflict.lost);
    expect(lost(first, second, undo)).toEqual([point(1)]);
    expect(lost(first, second, undo, redo)).toEqual([point(2)]);
  });

  test("what an undo had left is not undone by its replay", () => {
    const { anna, ben } = annaAndBen();
    const reshape = anna.do(makeReshape("cell", point(1)));
    ben.do(makeReshape("cell", point(50)));
    sync(anna, ben);
    const undo = execute(anna.layer, reshape.inverse!, "me");
    expect(undo).toMatchObject({ left: ["cell"], command: { parents: [null] } });
    const { conflicts } = replayQueue(reopened(ben), [kept(reshape), kept(undo)], "replay");
    expect(conflicts).toMatchObject([{ lost: point(1), lostStamp: reshape.command.stamp }]);
  });

  test("a reshape of what was removed meanwhile is kept beneath and told", () => {
    const { anna, ben } = annaAndBen();
    const queue = [kept(anna.do(makeReshape("cell", point(1))))];
    ben.do(makeRemove(["cell"]));
    const layer = reopened(ben);
    const { conflicts } = replayQueue(layer, queue, "replay");
    expect(conflicts).toMatchObject([{ kind: "removed", lost: point(1) }]);
    execute(layer, makeRestore(["cell"]), null);
    expect(shapeOf(layer)).toEqual(point(1));
  });

  test("a removal does not claim to have seen what arrived since", () => {
    const { anna, ben } = annaAndBen();
    const removal = anna.do(makeRemove(["cell"]));
    ben.do(makeReshape("cell", point(50)));
    const layer = reopened(ben);
    replayQueue(layer, [kept(removal)], "replay");
    Y.applyUpdate(ben.layer.doc, Y.encodeStateAsUpdate(layer.doc), "network");
    expect(ben.query.size).toBe(0);
    expect(ben.conflicts).toMatchObject([{ kind: "removed", lost: point(50) }]);
  });

  test("without clocks only stamps tell", () => {
    const { anna, ben } = annaAndBen();
    const { command } = anna.do(makeReclass(["cell"], "c1"));
    const layer = reopened(ben);
    expect(replay(layer, command, null).touched).toEqual(["cell"]);
    expect(replay(layer, command, null).touched).toEqual([]);
  });

  test("a bad command does not stop the others", () => {
    const { anna, ben } = annaAndBen();
    const good = kept(anna.do(makeReclass(["cell"], "c1")));
    const bad = { ...good, key: "bad", command: { ...good.command, classId: "not an id" } as never };
    const { results } = replayQueue(reopened(ben), [bad, good], null);
    expect(results.map(({ outcome }) => outcome.touched.length)).toEqual([0, 1]);
  });
});
