import type * as Y from "yjs";
import {
  currentItem,
  descendsFrom,
  heldValue,
  lostDepth,
  rangeOf,
  replacedItem,
} from "../document/ancestry.ts";
import type { Field, LayerDocument, Stamp } from "../document/index.ts";
import { readAnnotation, type StoredAnnotation } from "../document/read.ts";
import { parseClass, parseGeometry, parseLabel, parseRemoved, ValueError } from "../document/values.ts";
import { sameValue } from "./same-value.ts";
import type { Conflict } from "./types.ts";

const PARSERS = {
  geometry: parseGeometry,
  class: parseClass,
  label: parseLabel,
  removed: parseRemoved,
} as const;
const FIELDS = Object.keys(PARSERS) as Field[];

/**
 * Calls back for each value of mine that a remote transaction displaced although its writer had not seen it, and
 * for each annotation removed by someone who had not seen my newest shape of it. Returns the end of the watch.
 * @param isMine whether this page wrote the value with that stamp
 */
export function watchConflicts(
  layer: LayerDocument,
  { isMine }: { isMine(stamp: Stamp): boolean },
  callback: (conflict: Conflict) => void,
): () => void {
  const { doc, maps } = layer;
  // Removals that were told already, by `<geometry stamp>/<removal stamp>`.
  const told = new Set<string>();
  const onTransaction = (transaction: Y.Transaction): void => {
    if (transaction.local) return;
    const conflicts: Conflict[] = [];
    for (const field of FIELDS) {
      for (const id of transaction.changed.get(maps[field] as Y.AbstractType<unknown> as never) ?? []) {
        if (id === null) continue;
        const annotation = readAnnotation(layer, id);
        if (!annotation) continue;
        const overwritten = findOverwritten(layer, transaction, field, annotation, isMine);
        if (overwritten) conflicts.push(overwritten);
        const removed = field === "removed" ? findRemoved(layer, annotation, isMine) : null;
        const key = removed && `${removed.lostStamp}/${removed.winnerStamp}/${id}`;
        if (removed && key && !told.has(key)) {
          told.add(key);
          conflicts.push(removed);
        }
      }
    }
    for (const conflict of conflicts) callback(conflict);
  };
  doc.on("afterTransaction", onTransaction);
  return () => doc.off("afterTransaction", onTransaction);
}

function findOverwritten(
  { doc, maps }: LayerDocument,
  transaction: Y.Transaction,
  field: Field,
  annotation: StoredAnnotation,
  isMine: (stamp: Stamp) => boolean,
): Conflict | null {
  const lostItem = replacedItem(transaction, maps[field], annotation.id);
  const winnerItem = currentItem(maps[field], annotation.id);
  if (!lostItem || !winnerItem) return null;
  const lost = parseOr(field, heldValue(lostItem));
  if (!lost) return null;
  const lostStamp = lost.stamps?.stamp ?? annotation.origin.stamp;
  if (!isMine(lostStamp) || descendsFrom(doc, winnerItem, rangeOf(lostItem))) return null;
  const winner = annotation[field];
  if (sameValue(field, lost.value, winner.value)) return null;
  return {
    id: annotation.id,
    field,
    kind: "overwritten",
    lost: lost.value,
    lostStamp,
    winner: winner.value,
    winnerStamp: winner.stamp,
    depth: lostDepth(doc, lostItem, winnerItem),
  };
}

function findRemoved(
  { maps }: LayerDocument,
  annotation: StoredAnnotation,
  isMine: (stamp: Stamp) => boolean,
): Conflict | null {
  const { geometry, removed, origin } = annotation;
  // Its author may remove an annotation without anybody having reshaped it: the creation's stamp is no reshape.
  if (!removed.value || geometry.stamp === origin.stamp || !isMine(geometry.stamp)) return null;
  const stored = parseOr("removed", maps.removed.get(annotation.id)) as { seenGeometry: Stamp } | null;
  if (!stored || stored.seenGeometry === geometry.stamp) return null;
  return {
    id: annotation.id,
    field: "geometry",
    kind: "removed",
    lost: geometry.value,
    lostStamp: geometry.stamp,
    winner: true,
    winnerStamp: removed.stamp,
    depth: 1,
  };
}

function parseOr(field: Field, raw: unknown): ReturnType<(typeof PARSERS)[Field]> | null {
  try {
    return PARSERS[field](raw);
  } catch (error) {
    if (error instanceof ValueError) return null;
    throw error;
  }
}
