import { createLayerDocument, createQuery, replayQueue } from "@coscope/annotations";
import { asciiJson, encodeGeoJson } from "@coscope/annotations/interchange";
import type { OutboxEntry } from "@coscope/annotations/outbox";
import type { ClassRow } from "../state/rows.ts";

/**
 * Changes that were never sent as a GeoJSON file: what they added, as they left it. Changes of what colleagues have
 * need the annotation itself, which is not in this browser: they are named in `coscopeChanges`.
 */
export async function fileOf(
  entries: readonly OutboxEntry[],
  classes: readonly Pick<ClassRow, "id" | "name" | "color">[],
): Promise<string> {
  // Strokes are made anew with them.
  if (entries.some(({ command }) => command.type === "brush")) await import("@coscope/annotations/shapes");
  const layer = createLayerDocument();
  // Each by itself: clocks mean nothing in this document.
  const queue = entries.map((entry) => ({ ...entry, clientId: 0, clockFrom: 0, clockTo: 1 }));
  const { results } = replayQueue(layer, queue, null);
  const query = createQuery(layer);
  const done = new Set(results.filter(({ outcome }) => outcome.written.length > 0).map(({ key }) => key));
  const coscopeChanges = entries.filter(({ key }) => !done.has(key)).map(({ command }) => command);
  const collection = encodeGeoJson(query.all(), { classes });
  query.destroy();
  layer.doc.destroy();
  return asciiJson({ ...collection, ...(coscopeChanges.length > 0 && { coscopeChanges }) });
}
