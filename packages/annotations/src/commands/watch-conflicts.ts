import type * as Y from "yjs";
import {
  type ClockRange,
  currentItem,
  descendsFrom,
  displacedItem,
  heldValue,
  lostDepth,
  rangeOf,
} from "../document/ancestry.ts";
import type { AnnotationId, Field, FieldValues, LayerDocument, Stamp } from "../document/index.ts";
import { type Current, readField } from "../document/read.ts";
import { removalConflict } from "./removal-conflict.ts";
import { sameValue } from "./same-value.ts";
import type { Conflict } from "./types.ts";

const FIELDS: readonly Field[] = ["geometry", "class", "label", "removed"];

/** A value of mine that is no longer the key's value. */
interface Displaced extends Current<FieldValues[Field]> {
  readonly range: ClockRange;
}

/**
 * Calls back for each value of mine that a remote transaction displaced although its writer had not seen it, and
 * for each annotation removed by someone who had not seen my newest shape of it. Returns the end of the watch.
 * @param mine whether this page wrote the value with that stamp
 */
export function watchConflicts(
  layer: LayerDocument,
  mine: { isMine(stamp: Stamp): boolean },
  callback: (conflict: Conflict) => void,
): () => void {
  return watchConflictBatches(layer, mine, (conflicts) => {
    for (const conflict of conflicts) callback(conflict);
  });
}

/** The same, with all conflicts of a transaction at once. */
export function watchConflictBatches(
  layer: LayerDocument,
  { isMine }: { isMine(stamp: Stamp): boolean },
  callback: (conflicts: readonly Conflict[]) => void,
): () => void {
  const { doc, maps } = layer;
  // Values of mine whose deletion arrived before what replaces them, by `<field>/<id>`.
  const orphans = new Map<string, Displaced>();
  // Removals that were told already, by `<id>/<geometry stamp>/<removal stamp>`.
  const told = new Set<string>();

  function overwritten(transaction: Y.Transaction, field: Field, id: AnnotationId): Conflict | null {
    const key = `${field}/${id}`;
    const lost = displacedBy(layer, transaction, field, id) ?? orphans.get(key);
    const winner = currentItem(maps[field], id);
    if (!lost || !winner || !isMine(lost.stamp)) return null;
    if (winner.deleted) {
      orphans.set(key, lost);
      return null;
    }
    orphans.delete(key);
    const now = readField(layer, id, field);
    if (!now || sameValue(field, lost.value, now.value)) return null;
    if (descendsFrom(doc, rangeOf(winner), lost.range)) return null;
    const depth = lostDepth(doc, lost.range, rangeOf(winner));
    const common = { id, field, kind: "overwritten", depth } as const;
    return { ...common, lost: lost.value, lostStamp: lost.stamp, winner: now.value, winnerStamp: now.stamp };
  }

  function removedUnseen(id: AnnotationId): Conflict | null {
    const conflict = removalConflict(layer, id);
    if (!conflict || !isMine(conflict.lostStamp)) return null;
    const key = `${id}/${conflict.lostStamp}/${conflict.winnerStamp}`;
    if (told.has(key)) return null;
    told.add(key);
    return conflict;
  }

  function onTransaction(transaction: Y.Transaction): void {
    if (transaction.local) return;
    const conflicts: Conflict[] = [];
    for (const field of FIELDS) {
      for (const id of transaction.changed.get(maps[field] as never) ?? []) {
        if (id === null) continue;
        const lost = overwritten(transaction, field, id);
        if (lost) conflicts.push(lost);
        const unseen = field === "removed" ? removedUnseen(id) : null;
        if (unseen) conflicts.push(unseen);
      }
    }
    if (conflicts.length > 0) callback(conflicts);
  }

  doc.on("afterTransaction", onTransaction);
  return () => doc.off("afterTransaction", onTransaction);
}

/** What a key held before this transaction, if that was displaced and can be read. */
function displacedBy(
  layer: LayerDocument,
  transaction: Y.Transaction,
  field: Field,
  id: AnnotationId,
): Displaced | null {
  const item = displacedItem(transaction, layer.maps[field], id);
  const held = item && readField(layer, id, field, heldValue(item));
  return item && held && { ...held, range: rangeOf(item) };
}
