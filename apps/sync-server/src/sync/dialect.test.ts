import * as encoding from "lib0/encoding";
import { expect, test } from "vitest";
import { COLLAB, documentOfPath, joinFrame, yjsDialect } from "./dialect.ts";
import { readFrame } from "./frame.ts";

const ROOM = "e1/image/layer";

function hocuspocus(type: number, ...rest: (number | string)[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, ROOM);
  encoding.writeVarUint(encoder, type);
  for (const part of rest)
    if (typeof part === "number") encoding.writeVarUint(encoder, part);
    else encoding.writeVarString(encoder, part);
  return encoding.toUint8Array(encoder);
}

test("on /collab frames stay as they are, but for the answer to the keepalive", () => {
  const frame = hocuspocus(0, 0, "x");
  expect(COLLAB.inbound(frame)).toBe(frame);
  expect(COLLAB.inbound(Uint8Array.of(10))).toBeNull();
  expect(COLLAB.inbound(new Uint8Array())).toBeNull();
  expect(COLLAB.outbound(frame)).toEqual({ send: frame });
});

test("on /yjs sync goes both ways without the document's name", () => {
  const yjs = yjsDialect(ROOM);
  const step1 = Uint8Array.of(0, 0, 1, 0);
  const inbound = yjs.inbound(step1)!;
  expect(readFrame(inbound)).toEqual({ kind: "step1", document: ROOM, stateVector: Uint8Array.of(0) });
  expect(yjs.outbound(inbound)).toEqual({ send: step1 });
  // SyncReply is sync to them.
  expect(yjs.outbound(hocuspocus(4, 1, "x"))).toEqual({ send: Uint8Array.of(0, 1, 1, 120) });
});

test("on /yjs nothing else reaches either side", () => {
  const yjs = yjsDialect(ROOM);
  for (const type of [1, 2, 3, 5, 9]) expect(yjs.inbound(Uint8Array.of(type, 1, 0))).toBeNull();
  for (const type of [1, 3, 8, 9]) expect(yjs.outbound(hocuspocus(type, 1))).toBeNull();
  expect(yjs.outbound(hocuspocus(2, 2, "read-write"))).toBeNull();
  expect(yjs.outbound(hocuspocus(5, JSON.stringify({ t: "durable", sv: "AA==" })))).toBeNull();
});

test("on /yjs a refusal closes the socket for good, with the reason; an outage for now", () => {
  const yjs = yjsDialect(ROOM);
  expect(yjs.outbound(hocuspocus(2, 1, "not-found"))).toEqual({ close: 4403, reason: "not-found" });
  expect(yjs.outbound(hocuspocus(2, 1, "unavailable"))).toEqual({ close: 4503, reason: "unavailable" });
  expect(yjs.outbound(hocuspocus(7, "layer-deleted"))).toEqual({ close: 4410, reason: "layer-deleted" });
  const rejected = { t: "rejected", reason: "not-an-annotation", detail: "why" };
  expect(yjs.outbound(hocuspocus(5, JSON.stringify(rejected)))).toEqual({
    close: 4422,
    reason: "not-an-annotation: why",
  });
});

test("the document of a path", () => {
  expect(documentOfPath("/yjs/e1/image/layer")).toBe(ROOM);
  expect(documentOfPath("/yjs/e1%2Fimage%2Flayer")).toBe(ROOM);
  for (const path of ["/yjs/", "/yjs", "/collab", "/yjs/%zz"]) expect(documentOfPath(path)).toBeNull();
  expect(readFrame(joinFrame(ROOM))).toEqual({ kind: "auth", document: ROOM });
});
