import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  checkDocument,
  checkUpdate,
  createLayerDocument,
  execute,
  type LayerDocument,
  makeMove,
} from "@coscope/annotations";
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
    // The JSON is older than readers that told these three: they are compared with what the document holds.
    const told = annotations.map(({ attributes, locked, order, ...rest }) => {
      expect({ attributes, locked, order }).toEqual({
        attributes: attributesIn(layer, rest.id),
        locked: false,
        order: 0,
      });
      return rest;
    });
    expect(JSON.parse(JSON.stringify(told))).toEqual(expected.annotations);
    const ids = annotations.map(({ id }) => id);
    expect(execute(layer, makeMove(ids, 1, 0), null).touched).toEqual(ids);
  });
});

/** By PROTOCOL.md rather than by our reader. */
function attributesIn({ maps }: LayerDocument, id: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [key, raw] of maps.attribute.entries()) {
    const value: unknown = Array.isArray(raw) ? raw[0] : raw;
    if (key.startsWith(`${id}/`) && value !== null) found[key.slice(id.length + 1)] = value;
  }
  return found;
}
