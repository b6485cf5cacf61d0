import type * as Y from "yjs";
import {
  type ClockRange,
  currentItem,
  descendsFrom,
  displacedItem,
  heldValue,
  rangeOf,
  unseenBy,
} from "../document/ancestry.ts";
import type { AnnotationId, Field, FieldValues, LayerDocument, Stamp } from "../document/index.ts";
import { type Current, fieldAt, placeOf, readField } from "../document/read.ts";
import { stampFromBytes } from "../document/stamps.ts";
import { decodeGeometryStamps, GeometryDecodeError } from "../geometry/index.ts";
import { removalConflict } from "./removal-conflict.ts";
import { sameValue } from "./same-value.ts";
import type { Conflict } from "./types.ts";

const MAPS = ["geometry", "class", "label", "attribute", "removed"] as const;

/** A value that is no longer the key's value. */
interface Displaced extends Current<FieldValues[Field]> {
  readonly range: ClockRange;
}

/** A value that was displaced unseen, whoever wrote it. */
export interface Displacement extends Conflict {
  /** Yjs clients that wrote it and what it was built upon, as far as that was lost too: how many values each. */
  readonly clients: ReadonlyMap<number, number>;
}

/**
 * Calls back for each value of mine that a remote transaction displaced although its writer had not seen it, and
 * for each annotation removed by someone who had not seen my newest shape of it. Returns the end of the watch.
 * @param mine whether this page wrote the value with that stamp
 */
export function watchConflicts(
  layer: LayerDocument,
  { isMine }: { isMine(stamp: Stamp): boolean },
  callback: (conflict: Conflict) => void,
): () => void {
  return watchDisplacements(layer, (displacements) => {
    for (const { clients: _, ...conflict } of displacements)
      if (isMine(conflict.lostStamp)) callback(conflict);
  });
}

/**
 * All that a remote transaction displaced unseen, at once.
 * @param onShape hears before that of each shape that came, and which one it replaced
 */
export function watchDisplacements(
  layer: LayerDocument,
  callback: (displacements: readonly Displacement[]) => void,
  onShape: (id: AnnotationId, stamp: Stamp, parent: Stamp) => void = () => {},
): () => void {
  const { doc, maps } = layer;
  // Values whose deletion arrived before what replaces them, by `<field>/<id>`.
  const orphans = new Map<string, Displaced>();
  // Removals that were told already, by `<id>/<geometry stamp>/<removal stamp>`.
  const told = new Set<string>();

  function overwritten(transaction: Y.Transaction, field: Field, id: AnnotationId): Displacement | null {
    const key = `${field}/${id}`;
    const lost = displacedBy(layer, transaction, field, id) ?? orphans.get(key);
    const place = placeOf(field, id);
    const winner = currentItem(maps[place.map], place.key);
    if (!lost || !winner) return null;
    if (winner.deleted) {
      orphans.set(key, lost);
      return null;
    }
    orphans.delete(key);
    const now = readField(layer, id, field);
    if (!now || sameValue(field, lost.value, now.value)) return null;
    if (descendsFrom(doc, rangeOf(winner), lost.range)) return null;
    const unseen = unseenBy(doc, rangeOf(winner), lost.range);
    const depth = unseen.reduce((count, { from, to }) => count + to - from, 0);
    const clients = new Map<number, number>();
    for (const { clientId, from, to } of unseen)
      clients.set(clientId, (clients.get(clientId) ?? 0) + to - from);
    const common = { id, field, kind: "overwritten", depth, clients } as const;
    return { ...common, lost: lost.value, lostStamp: lost.stamp, winner: now.value, winnerStamp: now.stamp };
  }

  function removedUnseen(id: AnnotationId): Displacement | null {
    const conflict = removalConflict(layer, id);
    if (!conflict) return null;
    const key = `${id}/${conflict.lostStamp}/${conflict.winnerStamp}`;
    if (told.has(key)) return null;
    told.add(key);
    return { ...conflict, clients: new Map() };
  }

  function tellShape(id: AnnotationId): void {
    const stamps = stampsOfGeometry(maps.geometry.get(id));
    if (stamps) onShape(id, stamps.stamp, stamps.parent);
  }

  function onTransaction(transaction: Y.Transaction): void {
    if (transaction.local) return;
    const found: Displacement[] = [];
    for (const map of MAPS) {
      for (const key of transaction.changed.get(maps[map] as never) ?? []) {
        if (key === null) continue;
        const { field, id } = fieldAt(map, key);
        if (map === "geometry") tellShape(id);
        const lost = overwritten(transaction, field, id);
        if (lost) found.push(lost);
        const unseen = field === "removed" ? removedUnseen(id) : null;
        if (unseen) found.push(unseen);
      }
    }
    if (found.length > 0) callback(found);
  }

  doc.on("afterTransaction", onTransaction);
  return () => doc.off("afterTransaction", onTransaction);
}

/** null in a first value, and in what cannot be read. */
function stampsOfGeometry(raw: unknown): { stamp: Stamp; parent: Stamp } | null {
  if (!(raw instanceof Uint8Array)) return null;
  try {
    const stamps = decodeGeometryStamps(raw);
    return stamps && { stamp: stampFromBytes(stamps.stamp), parent: stampFromBytes(stamps.parent) };
  } catch (error) {
    if (error instanceof GeometryDecodeError) return null;
    throw error;
  }
}

/** What a key held before this transaction, if that was displaced and can be read. */
function displacedBy(
  layer: LayerDocument,
  transaction: Y.Transaction,
  field: Field,
  id: AnnotationId,
): Displaced | null {
  const { map, key } = placeOf(field, id);
  const item = displacedItem(transaction, layer.maps[map], key);
  const held = item && readField(layer, id, field, heldValue(item));
  return item && held && { ...held, range: rangeOf(item) };
}
