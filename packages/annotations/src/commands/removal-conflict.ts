import type { LayerDocument } from "../document/index.ts";
import { readAnnotation, type StoredAnnotation } from "../document/read.ts";
import { parseRemoved, ValueError } from "../document/values.ts";
import type { Conflict } from "./types.ts";

/**
 * The conflict where an annotation was removed by someone who had not seen its present geometry: removal wins, and
 * whoever wrote that geometry is to be told. null where it is visible, or was seen, or was never reshaped.
 */
export function removalConflict(layer: LayerDocument, id: StoredAnnotation["id"]): Conflict | null {
  const annotation = readAnnotation(layer, id);
  if (!annotation) return null;
  const { geometry, removed, origin } = annotation;
  if (!removed.value || geometry.stamp === origin.stamp) return null;
  if (seenGeometry(layer, id) === geometry.stamp) return null;
  return {
    id,
    field: "geometry",
    kind: "removed",
    lost: geometry.value,
    lostStamp: geometry.stamp,
    winner: true,
    winnerStamp: removed.stamp,
    depth: 1,
  };
}

function seenGeometry({ maps }: LayerDocument, id: string): string | null {
  try {
    return parseRemoved(maps.removed.get(id)).seenGeometry;
  } catch (error) {
    if (error instanceof ValueError) return null;
    throw error;
  }
}
