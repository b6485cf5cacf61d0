import * as Y from "yjs";

/** The root maps of a layer's document. PROTOCOL.md, "Maps". */
export const ROOT_MAPS = ["geometry", "class", "label", "attribute", "origin", "removed"] as const;
export type RootMap = (typeof ROOT_MAPS)[number];

export const isRootMap = (name: string): name is RootMap => (ROOT_MAPS as readonly string[]).includes(name);

/** A layer's live document. Values are written by commands only and read through `query` only. */
export interface LayerDocument {
  readonly doc: Y.Doc;
  readonly maps: Readonly<Record<RootMap, Y.Map<unknown>>>;
}

/** Names the root maps of a Y.Doc; the document may already hold data or receive it later. */
export function createLayerDocument(doc: Y.Doc = new Y.Doc()): LayerDocument {
  return {
    doc,
    maps: {
      geometry: doc.getMap("geometry"),
      class: doc.getMap("class"),
      label: doc.getMap("label"),
      attribute: doc.getMap("attribute"),
      origin: doc.getMap("origin"),
      removed: doc.getMap("removed"),
    },
  };
}
