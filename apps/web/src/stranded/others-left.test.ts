import "fake-indexeddb/auto";
import { makeMove } from "@coscope/annotations";
import { expect, test } from "vitest";
import { openOutboxStore } from "../session/outbox-store.ts";
import { hasWorkOfOthers } from "./others-left.ts";

test("only another user's changes count, and looking makes no outbox", async () => {
  expect(await hasWorkOfOthers("ada", "looked-at")).toBe(false);
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain("looked-at");
  const store = await openOutboxStore("looked-at");
  expect(await hasWorkOfOthers("ada", "looked-at")).toBe(false);
  const command = makeMove(["a"], 1, 0);
  await store.put({
    ...{ key: command.stamp, userId: "ada", imageId: "image", layerId: "layer", room: "e1/image/layer" },
    ...{ tabId: "tab", command, clientId: 7, clockFrom: 0, clockTo: 1, at: 1 },
  });
  expect(await hasWorkOfOthers("ada", "looked-at")).toBe(false);
  expect(await hasWorkOfOthers("ben", "looked-at")).toBe(true);
  expect(await hasWorkOfOthers("aaa", "looked-at")).toBe(true);
});
