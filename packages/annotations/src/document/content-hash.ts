import { createEncoder, toUint8Array, writeVarString, writeVarUint } from "lib0/encoding";
import { digest } from "lib0/hash/sha256";
import type * as Y from "yjs";
import { writeCanonical } from "./canonical.ts";
import { createLayerDocument, ROOT_MAPS } from "./layer-document.ts";

/**
 * SHA-256 (hex) over every value of every map, removed annotations included, keys sorted. Equal on all replicas
 * that have converged, whatever way they got there. Synchronous and without crypto.subtle, which plain http
 * pages lack. PROTOCOL.md, "Content hash".
 */
export function contentHash(doc: Y.Doc): string {
  const { maps } = createLayerDocument(doc);
  const out = createEncoder();
  for (const name of ROOT_MAPS) {
    const keys = [...maps[name].keys()].sort();
    writeVarString(out, name);
    writeVarUint(out, keys.length);
    for (const key of keys) {
      writeVarString(out, key);
      writeCanonical(out, maps[name].get(key));
    }
  }
  return Array.from(digest(toUint8Array(out)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
