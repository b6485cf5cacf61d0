import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkDocument, checkUpdate, createLayerDocument, execute, makeMove } from "@coscope/annotations";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { type Expected, expectedOf } from "./make.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder).flatMap((file) => (file.endsWith(".bin") ? [file.slice(0, -4)] : []));

/** Documents written by earlier versions, kept as they were. `make.ts` wrote them. */
describe("frozen documents", () => {
  test("are there", () => expect(names).toContain("v1-polygons"));

  test.each(names)("%s reads as it was written", (name) => {
    const bytes = new Uint8Array(readFileSync(join(folder, `${name}.bin`)));
    const expected = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Expected;
    expect(checkUpdate(bytes, { doc: new Y.Doc() }).unresolved).toBe(0);
    const layer = createLayerDocument();
    Y.applyUpdate(layer.doc, bytes);
    checkDocument(layer.doc);
    const { contentHash, unreadable, annotations } = expectedOf(layer);
    expect({ contentHash, unreadable }).toEqual({
      contentHash: expected.contentHash,
      unreadable: expected.unreadable,
    });
    expect(JSON.parse(JSON.stringify(annotations))).toEqual(expected.annotations);
    const ids = annotations.map(({ id }) => id);
    expect(execute(layer, makeMove(ids, 1, 0), null).touched).toEqual(ids);
  });
});
