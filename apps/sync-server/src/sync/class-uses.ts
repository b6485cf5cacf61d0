import { setImmediate } from "node:timers/promises";
import { execute, makeReclass } from "@coscope/annotations/commands";
import { createLayerDocument } from "@coscope/annotations/document";
import { createQuery } from "@coscope/annotations/query";
import * as Y from "yjs";
import { isServerError, ServerError } from "../errors.ts";
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

/** What looking through the layers of a project for a class came to. */
export interface Looked {
  /** Visible annotations that have the class, or had it. */
  readonly count: number;
  /** What it cost: 1 a layer, or its MiB where that is more. */
  readonly cost: number;
  /** Why it ended before the last layer. */
  readonly failure: ServerError | null;
}

/** Runs `use` with the layers one after the other, as far as it goes: what that cost must be known also where it fails. */
async function eachLayer(
  db: Database,
  rooms: Rooms,
  projectId: string,
  use: (room: Room) => Promise<number> | number,
): Promise<Looked> {
  let count = 0;
  let cost = 0;
  try {
    for (const layer of await filledLayers(db, projectId)) {
      count += await rooms.use(layer, (room) => {
        const { snapshot, unfolded } = room.bytes;
        cost += Math.max(1, (snapshot + unfolded) / (1 << 20));
        return use(room);
      });
      // Layers that are in memory are looked through without a pause otherwise, and nobody's frames are read.
      await setImmediate();
    }
  } catch (error) {
    if (isServerError(error)) return { count, cost, failure: error };
    throw error;
  }
  return { count, cost, failure: null };
}

export function countClassUses(
  db: Database,
  rooms: Rooms,
  projectId: string,
  classId: string,
): Promise<Looked> {
  return eachLayer(db, rooms, projectId, (room) => idsOfClass(room.document, classId).length);
}

/** Gives the class's annotations another one, as an edit of `userId` that takes the way of all edits. */
export function reassignClass(
  db: Database,
  rooms: Rooms,
  projectId: string,
  { from, to, userId }: { from: string; to: string | null; userId: string },
): Promise<Looked> {
  return eachLayer(db, rooms, projectId, (room) => reassignIn(room, from, to, userId));
}

async function reassignIn(room: Room, from: string, to: string | null, userId: string): Promise<number> {
  // In a scratch document: the live one only ever takes what is in the log.
  const scratch = new Y.Doc();
  Y.applyUpdate(scratch, Y.encodeStateAsUpdate(room.document));
  const before = Y.encodeStateVector(scratch);
  const ids = idsOfClass(scratch, from);
  if (ids.length === 0) return 0;
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
  return ids.length;
}
