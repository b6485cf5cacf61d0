import { makeMove } from "@coscope/annotations";
import type { OutboxEntry } from "@coscope/annotations/outbox";
import { expect, test } from "vitest";
import { refusedBy } from "./refusal.ts";

function entry(clockFrom: number, clockTo: number, clientId = 7): OutboxEntry {
  return {
    key: `${clientId}/${clockFrom}`,
    userId: "u",
    imageId: "i",
    layerId: "l",
    room: "r",
    tabId: "t",
    command: makeMove(["a"], 1, 1),
    clientId,
    clockFrom,
    clockTo,
    at: clockFrom,
  };
}

const nothing = new Map<number, number>();
const [a, b, c] = [entry(0, 2), entry(2, 3), entry(3, 6)];

test("clocks of one command mean that command", () => {
  const refusal = { reason: "x", clientId: 7, clock: 2, clockTo: 3 };
  expect(refusedBy(refusal, [a, b, c], nothing, false)).toEqual([b]);
});

test("clocks of no command of ours mean none", () => {
  const refusal = { reason: "x", clientId: 7, clock: 6, clockTo: 7 };
  expect(refusedBy(refusal, [a, b, c], nothing, false)).toEqual([]);
  expect(refusedBy({ ...refusal, clientId: 8, clock: 0 }, [a], nothing, false)).toEqual([]);
});

test("a queue that was refused as a whole goes one by one, and then the first in line is meant", () => {
  const whole = { reason: "x", clientId: 7, clock: 0, clockTo: 6 };
  expect(refusedBy(whole, [a, b, c], nothing, false)).toBe("unclear");
  expect(refusedBy(whole, [a, b, c], new Map([[7, 2]]), true)).toEqual([b]);
});

test("without clocks only a lone command can be meant", () => {
  expect(refusedBy({ reason: "x" }, [a], nothing, false)).toEqual([a]);
  expect(refusedBy({ reason: "x" }, [a, b], nothing, false)).toBe("unclear");
});
