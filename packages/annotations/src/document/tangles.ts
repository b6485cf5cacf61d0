import * as Y from "yjs";
import { DocumentError } from "./errors.ts";
import type { LayerDocument } from "./layer-document.ts";
import type { MapKey } from "./resolve-key.ts";

/**
 * Values of a key, beyond which none is taken that was written beside the last one instead of after it. Yjs finds the
 * place of such a value by walking along the others: a hundred thousand of them would hold up whoever opens the
 * layer for a minute. Values that follow one another are no trouble, however many.
 */
const MAX_BESIDE = 2_000;
/** Steps of such walks in one update. */
const MAX_STEPS = 10_000_000;

interface Chain {
  /** The value that the next one should follow. */
  last: Y.ID | null;
  readonly inDocument: Y.Item | undefined;
  length: number | null;
  added: number;
}

/** Takes the new values of an update one by one; throws DocumentError "tangled". */
export function tangleCheck(maps: LayerDocument["maps"] | undefined): (item: Y.Item, at: MapKey) => void {
  const chains = new Map<string, Chain>();
  let steps = 0;
  return (item, at) => {
    const where = `${at.map}/${at.key}`;
    let chain = chains.get(where);
    if (!chain) {
      const inDocument = maps?.[at.map]._map.get(at.key);
      chain = { last: inDocument?.lastId ?? null, inDocument, length: null, added: 0 };
      chains.set(where, chain);
    }
    if (!Y.compareIDs(item.origin, chain.last)) {
      chain.length ??= lengthOf(chain.inDocument);
      const beside = chain.length + chain.added;
      steps += beside;
      if (beside > MAX_BESIDE || steps > MAX_STEPS)
        throw new DocumentError("tangled", where, `${MAX_BESIDE} values beside one another`, "more");
    }
    chain.last = item.lastId;
    chain.added++;
  };
}

function lengthOf(last: Y.Item | undefined): number {
  let length = 0;
  for (let item = last ?? null; item !== null && length <= MAX_BESIDE; item = item.left) length++;
  return length;
}
