import type * as Y from "yjs";
import type { AnnotationId } from "./ids.ts";
import type { Json } from "./json.ts";
import type { LayerDocument } from "./layer-document.ts";
import { fieldAt, readField } from "./read.ts";
import type { Stamp } from "./stamps.ts";

/** Attributes that mean something to every client. PROTOCOL.md, "Attributes". */
export const LOCKED = "coscope.locked";
export const ORDER = "coscope.order";
/** How the outline came to be where it was corrected since: shown in place of the origin's provenance. */
export const PROVENANCE = "coscope.provenance";
/** Names that start so are the protocol's; people's own may not. */
export const RESERVED_PREFIX = "coscope.";

type Names = Map<AnnotationId, Set<string>>;

/** Which attributes annotations have: a map of them all is too long to be searched for each. One a document. */
const indexes = new WeakMap<Y.Doc, Names>();

function namesIn({ doc, maps }: LayerDocument): Names {
  const known = indexes.get(doc);
  if (known) return known;
  const names: Names = new Map();
  for (const key of maps.attribute.keys()) note(names, key);
  maps.attribute.observe(({ keysChanged }) => {
    for (const key of keysChanged) if (key !== null) note(names, key);
  });
  indexes.set(doc, names);
  return names;
}

function note(names: Names, key: string): void {
  const { field, id } = fieldAt("attribute", key);
  const name = field.slice("attribute/".length);
  const of = names.get(id);
  if (of) of.add(name);
  else names.set(id, new Set([name]));
}

/** An attribute was written, in a transaction that has not ended. */
export const noteAttribute = (layer: LayerDocument, key: string): void => note(namesIn(layer), key);

/** What attributes an annotation has, those taken away (null) included. */
export function attributesOf(
  layer: LayerDocument,
  id: AnnotationId,
): { readonly name: string; readonly value: Json; readonly stamp: Stamp }[] {
  const names = namesIn(layer).get(id);
  if (!names) return [];
  return [...names].sort().flatMap((name) => {
    const current = readField(layer, id, `attribute/${name}`);
    return current ? [{ name, ...current }] : [];
  });
}
