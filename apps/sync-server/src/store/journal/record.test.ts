import { expect, test } from "vitest";
import { decodeRecords, encodeRecord, type JournalEntry } from "./record.ts";

const entryOf = (sequence: number, bytes: Uint8Array): JournalEntry => ({
  layerId: "läyer",
  epoch: 3,
  sequence,
  userId: "ada",
  createdAt: 1_790_000_000_123,
  clientIds: [Number.MAX_SAFE_INTEGER, 0],
  claims: [7],
  bytes,
});

const entries = [
  entryOf(1, new Uint8Array()),
  entryOf(2, Uint8Array.of(1, 2, 3)),
  entryOf(2 ** 40, new Uint8Array(300).fill(9)),
];
const records = entries.map((entry, i) => Buffer.concat(encodeRecord(i, entry)));
const file = Buffer.concat(records);

test("records come back as they went in, with their order", () => {
  const found = decodeRecords(file);
  expect(found.entries).toEqual(entries.map((entry, order) => ({ order, entry })));
  expect(found.length).toBe(file.length);
});

const ends = records.map((_, i) => Buffer.concat(records.slice(0, i + 1)).length);

test("a file that was cut off anywhere holds the records before, and says where they end", () => {
  for (let length = 0; length < file.length; length++) {
    const found = decodeRecords(file.subarray(0, length));
    const whole = ends.filter((end) => end <= length);
    expect([found.entries.length, found.length]).toEqual([whole.length, whole.at(-1) ?? 0]);
  }
});

test("a changed byte is never taken for something that was written", () => {
  for (let at = 0; at < file.length; at++) {
    const changed = Buffer.from(file);
    changed[at] = changed[at]! ^ 0x41;
    const found = decodeRecords(changed);
    expect(found.entries).toHaveLength(ends.filter((end) => end <= at).length);
    expect(found.length).toBeLessThan(file.length);
    expect(found.entries).toEqual(decodeRecords(file).entries.slice(0, found.entries.length));
  }
});

test("what follows the last record and is none is not taken for one", () => {
  expect(decodeRecords(Buffer.concat([file, Buffer.alloc(4_096)])).length).toBe(file.length);
});
