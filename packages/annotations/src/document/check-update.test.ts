import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { execute, makeAdd, makeMove, makeReclass, makeRemove } from "../commands/index.ts";
import { encodeGeometry } from "../geometry/index.ts";
import { checkDocument } from "./check-document.ts";
import { checkUpdate } from "./check-update.ts";
import { DocumentError } from "./errors.ts";
import { createLayerDocument } from "./layer-document.ts";
import { originValue } from "./values.ts";

const plane = { z: 0, t: 0 } as const;
const point = { kind: "point", plane, x: 1, y: 2 } as const;
const stamp = "0102030405060708";

/** The updates that `write` makes in a document which already has what `before` made. */
function updatesOf(write: (doc: Y.Doc) => void, before = new Y.Doc()): Uint8Array[] {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(before));
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  write(doc);
  return updates;
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof DocumentError) return error.code;
    throw error;
  }
  return "none";
};

function withOneAnnotation(): Y.Doc {
  const layer = createLayerDocument();
  execute(layer, makeAdd({ author: "alice", annotations: [{ id: "cell", geometry: point }] }), null);
  execute(layer, makeReclass(["cell"], "c1"), null);
  return layer.doc;
}

describe("checkUpdate", () => {
  test("takes what commands write, one by one and all at once", () => {
    const server = new Y.Doc();
    const layer = createLayerDocument();
    layer.doc.on("update", (update: Uint8Array) => {
      expect(checkUpdate(update, { doc: server }).unresolved).toBe(0);
      Y.applyUpdate(server, update);
    });
    execute(layer, makeAdd({ author: "alice", annotations: [{ id: "cell", geometry: point }] }), null);
    execute(layer, makeMove(["cell"], 1, 1), null);
    execute(layer, makeMove(["cell"], 1, 1), null);
    execute(layer, makeReclass(["cell"], "c2"), null);
    execute(layer, makeRemove(["cell"]), null);
    const whole = Y.encodeStateAsUpdate(layer.doc);
    expect(checkUpdate(whole)).toMatchObject({ unresolved: 0, authors: new Map([["cell", "alice"]]) });
    expect(checkUpdate(whole, { doc: new Y.Doc() }).keys).toEqual(
      new Set(["origin/cell", "geometry/cell", "class/cell", "removed/cell"]),
    );
    // Nothing new: nothing to say.
    expect(checkUpdate(whole, { doc: server })).toEqual({
      keys: new Set(),
      authors: new Map(),
      unresolved: 0,
    });
    expect(checkDocument(server)).toEqual({ annotations: 1 });
  });

  test("names keys of values that replace others", () => {
    const doc = withOneAnnotation();
    const [update] = updatesOf((copy) => {
      execute(createLayerDocument(copy), makeReclass(["cell"], "c2"), null);
    }, doc);
    expect(checkUpdate(update!, { doc }).keys).toEqual(new Set(["class/cell"]));
    expect(checkUpdate(update!)).toMatchObject({ keys: new Set(), unresolved: 1 });
    expect(checkUpdate(update!, { doc: new Y.Doc() }).unresolved).toBe(1);
  });

  test.each<[string, string, (doc: Y.Doc) => void]>([
    ["another map", "unknown-map", (doc) => doc.getMap("notes").set("a", 1)],
    ["a list", "not-a-map-value", (doc) => doc.getArray("geometry").push([1])],
    ["a text", "not-a-map-value", (doc) => doc.getText("label").insert(0, "hello")],
    ["a nested map", "not-a-map-value", (doc) => doc.getMap("class").set("cell", new Y.Map())],
    [
      "a nested map's value",
      "not-a-map-value",
      (doc) => {
        const nested = new Y.Map();
        doc.getMap("class").set("cell", nested);
        nested.set("a", 1);
      },
    ],
    ["a subdocument", "not-a-map-value", (doc) => doc.getMap("class").set("cell", new Y.Doc())],
    ["an id with a space", "bad-key", (doc) => doc.getMap("class").set("a cell", "c1")],
    ["__proto__", "bad-key", (doc) => doc.getMap("class").set("__proto__", "c1")],
    ["an attribute without a name", "bad-key", (doc) => doc.getMap("attribute").set("cell/", 1)],
    ["an attribute with two slashes", "bad-key", (doc) => doc.getMap("attribute").set("cell/a/b", 1)],
    [
      "a geometry that is none",
      "bad-value",
      (doc) => doc.getMap("geometry").set("cell", new Uint8Array([9])),
    ],
    ["a geometry as text", "bad-value", (doc) => doc.getMap("geometry").set("cell", "[1,2]")],
    ["a class that is no id", "bad-value", (doc) => doc.getMap("class").set("cell", "two words")],
    ["a label that is too long", "bad-value", (doc) => doc.getMap("label").set("cell", "x".repeat(1001))],
    [
      "stamps of the wrong length",
      "bad-value",
      (doc) => doc.getMap("label").set("cell", ["a", new Uint8Array(15)]),
    ],
    ["a removal without stamps", "bad-value", (doc) => doc.getMap("removed").set("cell", true)],
    [
      "an attribute that is too large",
      "bad-value",
      (doc) => doc.getMap("attribute").set("cell/a", "x".repeat(20_000)),
    ],
    [
      "an attribute that is too deep",
      "bad-value",
      (doc) => {
        let value: unknown = 1;
        for (let i = 0; i < 20; i++) value = { value };
        doc.getMap("attribute").set("cell/a", value);
      },
    ],
    [
      "first values whose geometry is none",
      "bad-value",
      (doc) => doc.getMap("origin").set("cell2", ["alice", 1, new Uint8Array(8), null, new Uint8Array([9])]),
    ],
    [
      "a first geometry with stamps",
      "bad-value",
      (doc) => {
        const geometry = encodeGeometry(point, { stamp: new Uint8Array(8), parent: new Uint8Array(8) });
        doc.getMap("origin").set("cell2", ["alice", 1, new Uint8Array(8), null, geometry]);
      },
    ],
    [
      "a first class that is no id",
      "bad-value",
      (doc) =>
        doc
          .getMap("origin")
          .set("cell2", ["alice", 1, new Uint8Array(8), null, encodeGeometry(point), "two words"]),
    ],
    ["an origin without a stamp", "bad-value", (doc) => doc.getMap("origin").set("cell", ["alice", 1])],
    [
      "a negative time",
      "bad-value",
      (doc) => doc.getMap("origin").set("cell", ["alice", -1, new Uint8Array(8)]),
    ],
  ])("refuses %s", (_, code, write) => {
    const doc = withOneAnnotation();
    const codes = updatesOf(write).map((update) => codeOf(() => checkUpdate(update, { doc })));
    expect(codes).toContain(code);
  });

  test("refuses a bad value even where its key cannot be known", () => {
    const doc = withOneAnnotation();
    const [update] = updatesOf(
      (copy) => copy.getMap("class").set("cell", { bad: true, when: new Uint8Array(3) }),
      doc,
    );
    expect(codeOf(() => checkUpdate(update!))).toBe("bad-value");
  });

  test("refuses deleted keys, but not values that were replaced", () => {
    const doc = withOneAnnotation();
    const [update] = updatesOf((copy) => copy.getMap("class").delete("cell"), doc);
    expect(codeOf(() => checkUpdate(update!, { doc }))).toBe("key-deleted");
    const [sneaky] = updatesOf((copy) => {
      copy.transact(() => {
        copy.getMap("class").set("cell", "c9");
        copy.getMap("class").delete("cell");
      });
    }, doc);
    expect(codeOf(() => checkUpdate(sneaky!, { doc }))).toBe("key-deleted");
  });

  test("refuses values heaped up beside one another, takes any number that follow each other", () => {
    const rewritten = (doc: Y.Doc, times: number) => {
      for (let i = 0; i < times; i++) doc.getMap("class").set("cell", `c${i}`);
    };
    const long = withOneAnnotation();
    rewritten(long, 3_000);
    const whole = Y.encodeStateAsUpdate(long);
    expect(checkUpdate(whole, { doc: new Y.Doc() }).unresolved).toBe(0);

    const heap = withOneAnnotation();
    for (let i = 0; i < 2_001; i++) {
      const apart = new Y.Doc();
      apart.getMap("class").set("cell", `c${i}`);
      Y.applyUpdate(heap, Y.encodeStateAsUpdate(apart));
    }
    expect(codeOf(() => checkUpdate(Y.encodeStateAsUpdate(heap), { doc: new Y.Doc() }))).toBe("tangled");
    const oneMore = new Y.Doc();
    oneMore.getMap("class").set("cell", "last");
    const update = Y.encodeStateAsUpdate(oneMore);
    expect(codeOf(() => checkUpdate(update, { doc: heap }))).toBe("tangled");
    expect(codeOf(() => checkUpdate(update, { doc: withOneAnnotation() }))).toBe("none");
  });

  test("takes a client's values that a colleague's have replaced meanwhile", () => {
    const server = withOneAnnotation();
    for (let tries = 0; tries < 20; tries++) {
      const offline = new Y.Doc();
      Y.applyUpdate(offline, Y.encodeStateAsUpdate(server));
      execute(createLayerDocument(offline), makeReclass(["cell"], `c${tries}a`), null);
      const online = new Y.Doc();
      Y.applyUpdate(online, Y.encodeStateAsUpdate(server));
      execute(createLayerDocument(online), makeReclass(["cell"], `c${tries}b`), null);
      Y.applyUpdate(server, Y.encodeStateAsUpdate(online));
      Y.applyUpdate(offline, Y.encodeStateAsUpdate(server));
      const update = Y.encodeStateAsUpdate(offline, Y.encodeStateVector(server));
      expect(checkUpdate(update, { doc: server })).toMatchObject({ unresolved: 0 });
      Y.applyUpdate(server, update);
    }
  });

  test("refuses to rewrite an origin, and takes the same one again", () => {
    const doc = withOneAnnotation();
    const rewrite = (author: string) =>
      updatesOf((copy) => {
        const value = originValue({ author, created: 5, stamp, provenance: null, first: null });
        copy.getMap("origin").set("cell", value);
      }, doc)[0]!;
    expect(codeOf(() => checkUpdate(rewrite("mallory"), { doc }))).toBe("origin-rewritten");
    const again = updatesOf(
      (copy) => copy.getMap("origin").set("cell", doc.getMap("origin").get("cell")),
      doc,
    )[0]!;
    expect(codeOf(() => checkUpdate(again, { doc }))).toBe("none");
  });

  test("refuses what is no update, and nesting that would exhaust the stack", () => {
    expect(codeOf(() => checkUpdate(new Uint8Array([1, 2, 3])))).toBe("undecodable-update");
    expect(codeOf(() => checkUpdate(new Uint8Array()))).toBe("undecodable-update");
    // One item, parent "class", key "a", any: arrays in arrays.
    const head = [1, 1, 1, 0, 0x28, 1, 5, ...Buffer.from("class"), 1, 97, 1];
    const deep = Uint8Array.from([...head, ...new Array(200_000).fill([117, 1]).flat(), 126, 0]);
    expect(["undecodable-update", "bad-value"]).toContain(codeOf(() => checkUpdate(deep)));
  });
});

describe("checkDocument", () => {
  test("refuses an annotation without geometry or origin", () => {
    const doc = new Y.Doc();
    doc
      .getMap("origin")
      .set("cell", originValue({ author: "alice", created: 1, stamp, provenance: null, first: null }));
    expect(codeOf(() => checkDocument(doc))).toBe("bad-value");
  });

  test("refuses other roots and lists", () => {
    const other = new Y.Doc();
    other.getMap("notes").set("a", 1);
    expect(codeOf(() => checkDocument(other))).toBe("unknown-map");
    const list = new Y.Doc();
    Y.applyUpdate(list, updatesOf((doc) => doc.getArray("geometry").push([1]))[0]!);
    expect(codeOf(() => checkDocument(list))).toBe("not-a-map-value");
  });
});
