import * as Y from "yjs";
import { checkKey, checkValue } from "./check-value.ts";
import { DocumentError } from "./errors.ts";
import { createLayerDocument, isRootMap, ROOT_MAPS } from "./layer-document.ts";
import { parseOrigin } from "./values.ts";

/** How many annotations a good document has, removed ones included. */
export interface DocumentSummary {
  readonly annotations: number;
}

/**
 * Throws DocumentError at the first thing in a document that PROTOCOL.md does not allow: other root types, bad keys
 * or values, an annotation without origin or geometry. Reads everything; use `checkUpdate` for what arrives.
 */
export function checkDocument(doc: Y.Doc): DocumentSummary {
  for (const [name, type] of doc.share) {
    if (!isRootMap(name))
      throw new DocumentError("unknown-map", name, `one of ${ROOT_MAPS.join(", ")}`, "it");
    if (type._start !== null) throw new DocumentError("not-a-map-value", name, "a map", "a list or text");
  }
  const { maps } = createLayerDocument(doc);
  for (const name of ROOT_MAPS) {
    for (const [key, value] of maps[name].entries()) {
      checkKey(name, key);
      if (value instanceof Y.AbstractType || value instanceof Y.Doc)
        throw new DocumentError("not-a-map-value", `${name}/${key}`, "a plain value", "a shared type");
      checkValue(name, key, value);
    }
  }
  for (const [id, origin] of maps.origin.entries()) if (!parseOrigin(origin).first) requireIn("geometry", id);
  for (const id of maps.geometry.keys()) requireIn("origin", id);
  return { annotations: maps.origin.size };

  function requireIn(name: "geometry" | "origin", id: string): void {
    if (!maps[name].has(id)) throw new DocumentError("bad-value", `${name}/${id}`, "a value", "none");
  }
}
