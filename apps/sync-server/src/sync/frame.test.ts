import * as encoding from "lib0/encoding";
import { expect, test } from "vitest";
import { readFrame } from "./frame.ts";

function frame(document: string, ...rest: (number | Uint8Array)[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, document);
  for (const part of rest) {
    if (typeof part === "number") encoding.writeVarUint(encoder, part);
    else encoding.writeVarUint8Array(encoder, part);
  }
  return encoding.toUint8Array(encoder);
}
const payload = Uint8Array.of(7, 8);

test("what a page sends is told apart", () => {
  expect(readFrame(frame("d", 0, 0, payload))).toEqual({
    kind: "step1",
    document: "d",
    stateVector: payload,
  });
  expect(readFrame(frame("d", 0, 1, payload))).toMatchObject({
    kind: "update",
    update: payload,
    isAnswer: true,
  });
  expect(readFrame(frame("d", 4, 2, payload))).toMatchObject({
    kind: "update",
    update: payload,
    isAnswer: false,
  });
  const text = (value: string) => new TextEncoder().encode(value);
  expect(readFrame(frame("d", 2, 0, text("token")))).toEqual({ kind: "auth", document: "d" });
  expect(readFrame(frame("d", 2, 0, text("token"), text("4.8.0")))).toEqual({ kind: "auth", document: "d" });
  expect(readFrame(frame("d", 7))).toEqual({ kind: "close", document: "d" });
  for (const type of [1, 3, 5, 6, 8, 9, 99])
    expect(readFrame(frame("d", type, payload)).kind).toBe("ignored");
});

test("anything else is malformed, and nothing throws", () => {
  const bad = [
    new Uint8Array(),
    Uint8Array.of(5),
    Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255),
    frame("d"),
    frame("d", 0),
    frame("d", 0, 9, payload),
    frame("d", 2),
    frame("d", 2, 1, payload),
    frame("d", 2, 0, Uint8Array.of(255, 254)),
    frame("d", 2, 0, new Uint8Array(2_000).fill(65)),
    frame("d\0session", 0, 1, payload),
    frame("x".repeat(201), 0, 1, payload),
    frame("d", 0, 1, payload).subarray(0, -1),
  ];
  for (const bytes of bad) expect(readFrame(bytes).kind, bytes.join()).toBe("malformed");
});
