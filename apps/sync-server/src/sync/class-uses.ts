import { execute, makeReclass } from "@coscope/annotations/commands";
import { createLayerDocument } from "@coscope/annotations/document";
import { createQuery } from "@coscope/annotations/query";
import * as Y from "yjs";
import { ServerError } from "../errors.ts";
import { layersWithUpdates } from "../store/document-log.ts";
import { listProjectLayers } from "../store/layers.ts";
import type { LayerRow } from "../store/rows.ts";
import type { Database } from "../store/store.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

/** Layers of a project whose documents hold anything. */
async function filledLayers(db: Database, projectId: string): Promise<LayerRow[]> {
  const layers = await listProjectLayers(db, projectId);
  const filled = await layersWithUpdates(
    db,
    layers.map((layer) => layer.id),
  );
  return layers.filter((layer) => filled.has(layer.id));
}

/** Ids of the visible annotations with the class. */
function idsOfClass(doc: Y.Doc, classId: string): string[] {
  const query = createQuery(createLayerDocument(doc));
  try {
    return [...query.all()].filter((item) => item.classId === classId).map((item) => item.id);
  } finally {
    query.destroy();
  }
}

export async function countClassUses(
  db: Database,
  rooms: Rooms,
  projectId: string,
  classId: string,
): Promise<number> {
  let count = 0;
  for (const layer of await filledLayers(db, projectId))
    count += await rooms.use(layer, (room) => idsOfClass(room.document, classId).length);
  return count;
}

/** Gives the class's annotations another one, as an edit of `userId` that takes the way of all edits. */
export async function reassignClass(
  db: Database,
  rooms: Rooms,
  projectId: string,
  { from, to, userId }: { from: string; to: string | null; userId: string },
): Promise<void> {
  for (const layer of await filledLayers(db, projectId))
    await rooms.use(layer, (room) => reassignIn(room, from, to, userId));
}

async function reassignIn(room: Room, from: string, to: string | null, userId: string): Promise<void> {
  // In a scratch document: the live one only ever takes what is in the log.
  const scratch = new Y.Doc();
  Y.applyUpdate(scratch, Y.encodeStateAsUpdate(room.document));
  const before = Y.encodeStateVector(scratch);
  const ids = idsOfClass(scratch, from);
  if (ids.length === 0) return;
  execute(createLayerDocument(scratch), makeReclass(ids, to), "reassign-class");
  const submission = room.submit(Y.encodeStateAsUpdate(scratch, before), userId);
  scratch.destroy();
  if (submission.kind === "busy")
    throw new ServerError("store-failed", "Too many of your edits wait for the database.", {
      next: "Try again when they are saved.",
    });
  if (submission.kind !== "accepted") {
    throw new ServerError("internal", `Reassigning in ${room.name} was refused: ${submission.kind}.`);
  }
  await submission.done;
}
