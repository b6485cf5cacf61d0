import * as Y from "yjs";
import { canonicalBytes } from "./canonical.ts";
import { checkKey, checkValue, fitsSomewhere } from "./check-value.ts";
import { DocumentError } from "./errors.ts";
import type { AnnotationId, UserId } from "./ids.ts";
import { createLayerDocument, isRootMap, type RootMap } from "./layer-document.ts";
import { keyResolver, type MapKey } from "./resolve-key.ts";
import { tangleCheck } from "./tangles.ts";
import { parseOrigin } from "./values.ts";

/** What Y.decodeUpdate gives. */
export type DecodedUpdate = ReturnType<typeof Y.decodeUpdate>;

/** What a good update does. Structs that the document already has are not counted. */
export interface UpdateSummary {
  /** Values it sets, as `<map>/<key>`. */
  readonly keys: ReadonlySet<string>;
  /** Annotations it adds, and whom it names as their author. */
  readonly authors: ReadonlyMap<AnnotationId, UserId>;
  /** Values whose key cannot be known because what they replace is not here: a gap, ask for a resync. */
  readonly unresolved: number;
}

export interface CheckUpdateOptions {
  /** The document it is meant for: makes the check complete. Not changed. */
  readonly doc?: Y.Doc;
  /** The same update decoded, where the caller has done that already. */
  readonly decoded?: DecodedUpdate;
}

/** Far above what honest clients reach, far below where clocks lose precision. */
const MAX_CLOCK = 2 ** 40;

/**
 * Checks a V1 update without applying it: only values of our maps, each within its limits and schema, no key
 * deleted, no origin rewritten. Throws DocumentError and nothing else, whatever the bytes. Clock gaps, ownership of
 * client ids and rights are the server's to check.
 */
export function checkUpdate(
  update: Uint8Array,
  { doc, decoded = decode(update) }: CheckUpdateOptions = {},
): UpdateSummary {
  const { structs, ds } = decoded;
  // Gives root types their class, so that their items name it as parent.
  const maps = doc && createLayerDocument(doc).maps;
  const isKnown = (struct: { id: Y.ID; length: number }) =>
    doc !== undefined && struct.id.clock + struct.length <= Y.getState(doc.store, struct.id.client);
  const resolve = keyResolver(structs, doc);
  const untangled = tangleCheck(maps);
  const origins = new Map<string, Uint8Array>();
  const authors = new Map<AnnotationId, UserId>();
  const keys = new Set<string>();
  const live = new Set<string>();
  let unresolved = 0;

  for (const struct of structs) {
    checkClock(struct.id.client, struct.id.clock, struct.length);
    if (struct instanceof Y.Skip) continue;
    // Known ones too: Yjs makes the root type that an item names before it sees that it has the item.
    const item = asMapItem(struct);
    if (isKnown(struct)) continue;
    const at = resolve(item);
    const value = valueIn(item, at);
    if (!at) {
      unresolved++;
      if (value !== undefined && !fitsSomewhere(value.of))
        throw new DocumentError("bad-value", "", "a value of some map", "another");
      continue;
    }
    const where = `${at.map}/${at.key}`;
    if (!keys.has(where)) checkKey(at.map, at.key);
    untangled(item, at);
    keys.add(where);
    if (value === undefined) continue;
    checkValue(at.map, at.key, value.of);
    if (at.map === "origin") authors.set(at.key, checkOrigin(at.key, value.of));
    if (!Y.isDeleted(ds, item.id)) live.add(where);
  }
  for (const [client, ranges] of ds.clients)
    for (const { clock, len } of ranges) checkClock(client, clock, len);
  if (doc) checkDeletions(doc, ds, live);
  return { keys, authors, unresolved };

  function checkOrigin(id: AnnotationId, value: unknown): UserId {
    const bytes = canonicalBytes(value);
    const before = maps?.origin.get(id);
    const known = before === undefined ? origins.get(id) : canonicalBytes(before);
    if (known && !(known.length === bytes.length && known.every((byte, i) => byte === bytes[i])))
      throw new DocumentError(
        "origin-rewritten",
        `origin/${id}`,
        "the origin as it was first written",
        "another",
      );
    origins.set(id, bytes);
    return parseOrigin(value).author;
  }
}

function decode(update: Uint8Array): DecodedUpdate {
  try {
    return Y.decodeUpdate(update);
  } catch (error) {
    // lib0 throws plain errors, and RangeError where values are nested too deep.
    throw new DocumentError(
      "undecodable-update",
      "",
      "a Yjs update, V1",
      error instanceof Error ? error.message : "?",
    );
  }
}

/** Yjs throws at ranges of length 0, in the middle of applying. */
function checkClock(client: number, clock: number, length: number): void {
  if (length > 0 && clock + length <= MAX_CLOCK && Number.isSafeInteger(client)) return;
  throw new DocumentError(
    "bad-clock",
    "",
    `a length and clocks up to ${MAX_CLOCK}`,
    `${client}:${clock} + ${length}`,
  );
}

function asMapItem(struct: Y.Item | Y.GC | Y.Skip): Y.Item {
  if (!(struct instanceof Y.Item))
    throw new DocumentError(
      "not-a-map-value",
      "",
      "values of maps",
      "a collected struct, which maps never leave",
    );
  if (struct.rightOrigin)
    throw new DocumentError("not-a-map-value", "", "values of maps", "an item of a list or text");
  // Yjs takes for granted that it has all of a client's own earlier clocks, and throws where it has not.
  if (struct.origin?.client === struct.id.client && struct.origin.clock >= struct.id.clock)
    throw new DocumentError(
      "bad-clock",
      "",
      "values that replace earlier ones",
      "one that replaces a later one",
    );
  const parent: unknown = struct.parent;
  if (typeof parent === "string" && !isRootMap(parent))
    throw new DocumentError("unknown-map", parent.slice(0, 120), "a map of the protocol", "another root");
  if ((parent !== null && typeof parent !== "string") || (parent !== null && struct.parentSub === null))
    throw new DocumentError(
      "not-a-map-value",
      "",
      "values of maps",
      "an item of a nested type, list or text",
    );
  return struct;
}

/** The value an item sets; undefined where it has been deleted, which is what overwritten values become. */
function valueIn(item: Y.Item, at: MapKey | null): { readonly of: unknown } | undefined {
  const { content } = item;
  if (content instanceof Y.ContentDeleted) return undefined;
  const isPlain = content instanceof Y.ContentAny || content instanceof Y.ContentBinary;
  const where = at ? `${at.map}/${at.key}` : "";
  if (!isPlain || item.length !== 1)
    throw new DocumentError("not-a-map-value", where, "one plain value", content.constructor.name);
  return { of: content.getContent()[0] };
}

/** Keys are never deleted: what is deleted must be replaced, here or in the document already. */
function checkDeletions(doc: Y.Doc, ds: DecodedUpdate["ds"], replaced: ReadonlySet<string>): void {
  if (ds.clients.size === 0) return;
  for (const [client, ranges] of ds.clients) {
    const structs = doc.store.clients.get(client);
    if (!structs) continue;
    for (const { clock, len } of ranges) {
      const end = Math.min(clock + len, Y.getState(doc.store, client));
      if (clock >= end) continue;
      for (let i = Y.findIndexSS(structs, clock); i < structs.length && structs[i]!.id.clock < end; i++) {
        const item = structs[i]!;
        if (!(item instanceof Y.Item) || item.deleted) continue;
        const map = rootOf(doc, item);
        const where = `${map}/${item.parentSub}`;
        if (!replaced.has(where))
          throw new DocumentError("key-deleted", where, "values replaced, never deleted", "a deletion");
      }
    }
  }
}

function rootOf(doc: Y.Doc, item: Y.Item): RootMap | string {
  for (const [name, type] of doc.share) if (type === item.parent) return name;
  return "?";
}
