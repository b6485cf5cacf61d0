import * as Y from "yjs";
import { isRootMap, type RootMap } from "./layer-document.ts";

/** Which value an item sets. */
export interface MapKey {
  readonly map: RootMap;
  readonly key: string;
}

type Struct = Y.Item | Y.GC | Y.Skip;

/**
 * Only a key's first item names map and key; one that replaces another points to it instead. Follows these links
 * within the update and, where given, the document. null where they lead nowhere, or in a circle.
 */
export function keyResolver(structs: readonly Struct[], doc?: Y.Doc): (item: Y.Item) => MapKey | null {
  const byClient = new Map<number, Struct[]>();
  for (const struct of structs) {
    const list = byClient.get(struct.id.client);
    if (list) list.push(struct);
    else byClient.set(struct.id.client, [struct]);
  }
  for (const list of byClient.values()) list.sort((a, b) => a.id.clock - b.id.clock);
  const names = doc && new Map([...doc.share].map(([name, type]) => [type as unknown, name]));
  const resolved = new Map<Y.Item, MapKey | null>();

  const named = (map: string | undefined, key: string | null): MapKey | null =>
    map !== undefined && isRootMap(map) && key !== null ? { map, key } : null;

  function stepFrom(item: Y.Item): Y.Item | MapKey | null {
    if (typeof item.parent === "string") return named(item.parent, item.parentSub);
    if (!item.origin) return null;
    const inUpdate = findStruct(byClient.get(item.origin.client), item.origin.clock);
    if (inUpdate instanceof Y.Item) return inUpdate;
    if (!doc || item.origin.clock >= Y.getState(doc.store, item.origin.client)) return null;
    const inDoc: unknown = Y.getItem(doc.store, item.origin);
    return inDoc instanceof Y.Item ? named(names?.get(inDoc.parent), inDoc.parentSub) : null;
  }

  return (item) => {
    const path: Y.Item[] = [];
    const onPath = new Set<Y.Item>();
    let at: Y.Item | MapKey | null = item;
    while (at instanceof Y.Item) {
      const known = resolved.get(at);
      if (known !== undefined || onPath.has(at)) {
        at = known ?? null;
        break;
      }
      path.push(at);
      onPath.add(at);
      at = stepFrom(at);
    }
    for (const passed of path) resolved.set(passed, at);
    return at;
  };
}

function findStruct(list: readonly Struct[] | undefined, clock: number): Struct | undefined {
  if (!list) return undefined;
  let low = 0;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const struct = list[middle]!;
    if (clock < struct.id.clock) high = middle - 1;
    else if (clock >= struct.id.clock + struct.length) low = middle + 1;
    else return struct;
  }
  return undefined;
}
