import {
  areaOf,
  createLayerDocument,
  createQuery,
  execute,
  makeAdd,
  makeBrush,
  makeMove,
} from "@coscope/annotations";
import { memoryOutboxStore, Outbox } from "@coscope/annotations/outbox";
import { expect, test, vi } from "vitest";
import { createLayerOutbox } from "./layer-outbox.ts";
import type { LiveRoom } from "./live-room.ts";

const place = { imageId: "image", layerId: "layer", userId: "anna", tabId: "tab" };

/** A room of the new page, with what the server has. */
function openRoom(): LiveRoom {
  const document = createLayerDocument();
  const geometry = {
    kind: "ellipse",
    plane: { z: 0, t: 0 },
    cx: 0,
    cy: 0,
    rx: 9,
    ry: 9,
    rotation: 0,
  } as const;
  execute(document, makeAdd({ author: "ben", annotations: [{ id: "cell", geometry }] }), "server");
  return {
    name: "e1/image/layer",
    document,
    gate: {
      run: (edit: () => unknown, record: (result: unknown) => unknown) => {
        const result = edit();
        record(result);
        return result;
      },
    },
  } as unknown as LiveRoom;
}

async function withStroke() {
  const outbox = new Outbox(memoryOutboxStore(), { userId: "anna", tabId: "tab" });
  const command = makeBrush("cell", [{ x: 9, y: 0, radius: 5 }], { mode: "add" });
  const clocks = { clientId: 77, clockFrom: 3, clockTo: 4 };
  await outbox.add({ key: command.stamp, ...place, room: "e1/image/layer", at: 1, command, ...clocks });
  const layer = createLayerOutbox({ ...place, outbox, onNotKept: vi.fn() });
  return { outbox, layer };
}

test("a stroke that was not saved is brought back after a reload: the page loads what that needs by itself", async () => {
  const { outbox, layer } = await withStroke();
  const room = openRoom();
  const onConflict = vi.fn();
  await layer.resume(room, { goesOn: () => true, onOutcome: vi.fn(), onConflict });
  const shape = createQuery(room.document).get("cell")!;
  expect(areaOf(shape.geometry)).toBeGreaterThan(Math.PI * 81 + 10);
  expect(onConflict).not.toHaveBeenCalled();
  expect(outbox.pending("layer")).toMatchObject([
    { command: { type: "brush" }, clientId: room.document.doc.clientID },
  ]);
});

test("it stays in the outbox where the page is gone before that", async () => {
  const { outbox, layer } = await withStroke();
  const room = openRoom();
  await layer.resume(room, { goesOn: () => false, onOutcome: vi.fn(), onConflict: vi.fn() });
  expect(createQuery(room.document).get("cell")?.geometry.kind).toBe("ellipse");
  expect(outbox.pending("layer")).toMatchObject([{ clientId: 77 }]);
});

test("where the server has less than it had told us, what was done beyond that is sent again, before what waits", async () => {
  const outbox = new Outbox(memoryOutboxStore(), { userId: "anna", tabId: "tab" });
  const layer = createLayerOutbox({ ...place, outbox, onNotKept: vi.fn() });
  const before = openRoom();
  const { clientID } = before.document.doc;
  const moves = [1, 2, 4, 8].map((dx) => execute(before.document, makeMove(["cell"], dx, 0), "anna"));
  const until = (n: number) => new Map([[clientID, moves[n]!.clockTo]]);
  for (const outcome of moves) await layer.keep(before, outcome);
  await layer.durable(before, until(2));
  expect(await layer.recall(before, moves)).toBe(0);
  expect(outbox.pending("layer").map(({ key }) => key)).toEqual([moves[3]!.command.stamp]);
  // The database comes back as it was two commands ago.
  await layer.durable(before, until(0));
  expect(await layer.recall(before, moves)).toBe(2);
  const after = openRoom();
  execute(after.document, moves[0]!.command, "server");
  const onOutcome = vi.fn();
  await layer.resume(after, { goesOn: () => true, onOutcome, onConflict: vi.fn() });
  expect(onOutcome.mock.calls.map(([{ command }]) => command.stamp)).toEqual(
    moves.slice(1).map(({ command }) => command.stamp),
  );
  expect(createQuery(after.document).get("cell")?.geometry).toMatchObject({ cx: 15 });
  expect(outbox.pending("layer")).toHaveLength(3);
});
