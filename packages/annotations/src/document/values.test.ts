import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { execute, makeAdd } from "../commands/index.ts";
import { createQuery } from "../query/index.ts";
import { checkUpdate } from "./check-update.ts";
import { contentHash } from "./content-hash.ts";
import { isId, newAnnotationId } from "./ids.ts";
import { createLayerDocument } from "./layer-document.ts";
import { readField } from "./read.ts";
import { parseRoomName, roomName } from "./room-name.ts";
import { isStamp, newStamp, stampFromBytes, stampsToBytes } from "./stamps.ts";
import { parseAttribute, parseClass, parseLabel, parseOrigin, parseRemoved, ValueError } from "./values.ts";

const hexBytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const plane = { z: 0, t: 0 } as const;
const sixteen = stampsToBytes("0102030405060708", "1112131415161718");

describe("values", () => {
  test("plain and stamped ones", () => {
    expect(parseClass(null)).toEqual({ value: null, stamps: null });
    expect(parseClass("c1")).toEqual({ value: "c1", stamps: null });
    expect(parseLabel(["hello", sixteen])).toEqual({
      value: "hello",
      stamps: { stamp: "0102030405060708", parent: "1112131415161718" },
    });
    expect(parseAttribute([[1, 2], sixteen]).value).toEqual([1, 2]);
    expect(
      parseRemoved([true, stampsToBytes("0102030405060708", "1112131415161718", "2122232425262728")]),
    ).toEqual({
      value: true,
      stamps: { stamp: "0102030405060708", parent: "1112131415161718" },
      seenGeometry: "2122232425262728",
    });
  });

  test("integers may come as BigInt", () => {
    expect(parseOrigin(["alice", 5n, new Uint8Array(8)]).created).toBe(5);
  });

  test.each([
    undefined,
    1,
    {},
    [],
    [1],
    ["a", "b"],
    ["a", new Uint8Array(8)],
    "two words",
    new Uint8Array(4),
    () => 1,
  ])("refuses %s", (raw) => {
    for (const parse of [parseClass, parseRemoved, parseOrigin]) expect(() => parse(raw)).toThrow(ValueError);
  });
});

describe("ids, stamps, rooms", () => {
  test("ids are 16 letters and digits", () => {
    for (let i = 0; i < 200; i++) expect(newAnnotationId()).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(isId("__proto__")).toBe(false);
    expect(isId("constructor")).toBe(true);
  });

  test("stamps are 16 hex digits, and bytes and back", () => {
    for (let i = 0; i < 50; i++) {
      const stamp = newStamp();
      expect(isStamp(stamp)).toBe(true);
      expect(stampFromBytes(stampsToBytes("0000000000000000", stamp), 8)).toBe(stamp);
    }
  });

  test("room names", () => {
    const room = { epoch: 12, imageId: "kidney-3", layerId: "a_b" };
    expect(roomName(room)).toBe("e12/kidney-3/a_b");
    expect(parseRoomName("e12/kidney-3/a_b")).toEqual(room);
    for (const bad of [
      "",
      "e0/a/b",
      "e01/a/b",
      "1/a/b",
      "e1/a",
      "e1/a/b/c",
      "e1/../b",
      "e1/a/__proto__",
      "e1//b",
      "e1/a\0/b",
    ])
      expect(parseRoomName(bad)).toBeNull();
  });
});

describe("the worked example of PROTOCOL.md", () => {
  const added = hexBytes(`
    01 01 01 00
    28 01 06 6f726967696e 05 63656c6c31 01
       75 06  77 05 616c696365
              7b 427a0c4506c00000
              74 08 0102030405060708
              7e
              74 0a 01 08 03 00 00 14 28 1e 28 00
              77 07 6e75636c657573
    00`);
  const reclassed = hexBytes(`
    01 01 01 01
    28 01 05 636c617373 05 63656c6c31 01
       75 02 77 07 6d69746f736973
             74 10 1112131415161718 0102030405060708
    00`);

  test("is what it says", () => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, added);
    expect(checkUpdate(added, { doc: new Y.Doc() }).authors).toEqual(new Map([["cell1", "alice"]]));
    expect(contentHash(doc)).toBe("b9ab3a7c200e7c8d4a60c7594979375604e53e67acc30d7ed37c2adcb48aecd2");
    const layer = createLayerDocument(doc);
    const query = createQuery(layer);
    expect(query.get("cell1")).toMatchObject({
      geometry: { kind: "rectangle", x: 10, y: 20, width: 30, height: 40 },
      classId: "nucleus",
      author: "alice",
      created: 1_790_000_000_000,
      stamps: { geometry: "0102030405060708" },
    });
    expect(readField(layer, "cell1", "class")).toEqual({ value: "nucleus", stamp: "0102030405060708" });
    Y.applyUpdate(doc, reclassed);
    expect(query.get("cell1")).toMatchObject({ classId: "mitosis", stamps: { class: "1112131415161718" } });
  });

  test("is what our own command writes", () => {
    const layer = createLayerDocument();
    layer.doc.clientID = 1;
    const geometry = { kind: "rectangle", plane, x: 10, y: 20, width: 30, height: 40, rotation: 0 } as const;
    const created = 1_790_000_000_000;
    const stamp = "0102030405060708";
    const annotations = [{ id: "cell1", geometry, classId: "nucleus" }];
    execute(layer, makeAdd({ author: "alice", created, stamp, annotations }), null);
    expect(Buffer.from(Y.encodeStateAsUpdate(layer.doc)).toString("hex")).toBe(
      Buffer.from(added).toString("hex"),
    );
  });
});

describe("contentHash", () => {
  test("does not depend on how replicas got there", () => {
    const a = new Y.Doc();
    const b = new Y.Doc();
    a.getMap("class").set("x", "c1");
    a.getMap("class").set("x", ["c2", sixteen]);
    a.getMap("label").set("y", "hm");
    b.getMap("label").set("y", "hm");
    b.getMap("class").set("x", ["c2", sixteen]);
    expect(contentHash(a)).toBe(contentHash(b));
    b.getMap("class").set("x", ["c3", sixteen]);
    expect(contentHash(a)).not.toBe(contentHash(b));
  });

  test("takes numbers as they are meant, and objects in any order", () => {
    const a = new Y.Doc();
    const b = new Y.Doc();
    a.getMap("attribute").set("x/n", [{ a: 1, b: 2 }, sixteen]);
    b.getMap("attribute").set("x/n", [{ b: 2, a: 1 }, sixteen]);
    a.getMap("attribute").set("x/m", 7);
    b.getMap("attribute").set("x/m", 7n);
    expect(contentHash(a)).toBe(contentHash(b));
  });
});
