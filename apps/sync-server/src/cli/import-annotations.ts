import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { createLayerDocument, execute, makeAdd, newAnnotationId, slicesOf } from "@coscope/annotations";
import {
  type AnnotationFile,
  checkFileSize,
  type ImageFrame,
  InterchangeError,
  matchClasses,
  readAnnotationFile,
  toAdd,
} from "@coscope/annotations/interchange";
import { covers, decodeStateVector } from "@coscope/annotations/outbox";
import * as Y from "yjs";
import { ServerError } from "../errors.ts";
import { ask, findLayer, type LayerAnswer, type Visit, type VisitOptions, visit } from "./ask-server.ts";
import { type LiveDocument, openLiveDocument } from "./live-document.ts";

export interface ImportArguments extends VisitOptions {
  readonly classes: "map" | "create";
  readonly wanted: string;
  readonly file: string;
}

const LOOK_MS = 100;
/** A file that names no colour. */
const GREY = "#999999";

export async function importAnnotations(args: ImportArguments): Promise<number> {
  const text = await textOf(args.file);
  const by = await visit(args, "import");
  const layer = await findLayer(by, args.wanted);
  if (layer.locked)
    throw new ServerError("forbidden", `The layer "${layer.name}" is locked.`, {
      next: "Unlock it on the page, or name another.",
    });
  const { projectId, ...frame } = await frameOf(by, layer);
  const file = read(text, frame);
  const { count, classes, repaired, nuclei, unmeasured } = file.summary();
  for (const problem of file.problems.slice(0, 20)) console.error(`Left out: ${problem.message}`);
  if (file.problems.length > 20) console.error(`… and ${file.problems.length - 20} more.`);
  if (repaired > 0) console.error(`Repaired, as they crossed or overlapped themselves: ${repaired}.`);
  if (nuclei > 0) console.error(`Left out: the outlines of ${nuclei} nuclei, beside those of their cells.`);
  if (unmeasured > 0) console.error(`Left out: the measurements of ${unmeasured} annotations.`);
  const ids = await classIds(by, projectId, classes, args.classes === "create");
  const { user } = await ask<{ user: { id: string } }>(by, "/api/session");
  const how = { file: basename(args.file), classOf: (name: string) => ids.get(name) ?? null };
  const live = openLiveDocument({ server: by.server, room: layer.room, token: by.token });
  try {
    await Promise.race([live.synced, live.ended]);
    const document = createLayerDocument(live.doc);
    for (const slice of slicesOf(file.annotations())) {
      const annotations = slice.map((one) => ({ ...toAdd(one, how), id: newAnnotationId() }));
      execute(document, makeAdd({ author: user.id, annotations }), "import");
      // One after the other: what is not saved is not counted.
      await saved(by, layer.room, live);
    }
  } finally {
    live.close();
  }
  console.log(`${count} annotations added to "${layer.name}", and saved.`);
  return 0;
}

async function frameOf(by: Visit, { imageId }: LayerAnswer): Promise<ImageFrame & { projectId: string }> {
  const { name, projectId, summary } = await ask<{
    name: string;
    projectId: string;
    summary: Omit<ImageFrame, "name"> | null;
  }>(by, `/api/images/${imageId}`);
  const unknown = { width: 0, height: 0, sizeZ: 1, sizeT: 1 };
  return { ...unknown, ...summary, name, projectId };
}

async function textOf(file: string): Promise<string> {
  const unreadable = (cause: unknown): never => {
    throw new ServerError("not-found", `${file} cannot be read.`, { cause });
  };
  const { size } = await stat(file).catch(unreadable);
  try {
    checkFileSize(size);
  } catch (cause) {
    throw new ServerError("too-large", `${file}: ${(cause as Error).message}`, {
      next: "Split it into several files, and import one after the other.",
    });
  }
  return readFile(file, "utf8").catch(unreadable);
}

function read(text: string, frame: ImageFrame): AnnotationFile {
  try {
    return readAnnotationFile(text, frame);
  } catch (error) {
    if (!(error instanceof InterchangeError)) throw error;
    throw new ServerError("bad-argument", error.message, {
      next: "GeoJSON as QuPath writes it, and COCO instances are read.",
      cause: error,
    });
  }
}

async function classIds(
  by: Visit,
  projectId: string,
  classes: readonly { name: string; color: string | null; count: number }[],
  create: boolean,
): Promise<Map<string, string>> {
  const path = `/api/projects/${projectId}/classes`;
  const rows = await ask<{ id: string; name: string; synonyms?: string[] }[]>(by, path);
  const ids = matchClasses(
    classes.map(({ name }) => name),
    rows,
  );
  const missing = classes.filter(({ name }) => !ids.has(name));
  for (const { name, color } of create ? missing : []) {
    const row = await ask<{ id: string }>(by, path, { name, color: color ?? GREY });
    ids.set(name, row.id);
  }
  if (!create && missing.length > 0) {
    const named = missing.map(({ name, count }) => `${name} (${count})`).join(", ");
    console.error(`Unclassified, as the project has no such class: ${named}. --classes create makes them.`);
  }
  return ids;
}

/** Once the server has everything of ours in its database. Throws where it refuses. */
async function saved(by: Visit, room: string, { doc, ended }: LiveDocument): Promise<void> {
  for (;;) {
    const { stateVector } = await ask<{ stateVector: string }>(by, `/api/rooms/${room}/durable`);
    const vector = decodeStateVector(new Uint8Array(Buffer.from(stateVector, "base64")));
    if (covers(vector, doc.clientID, Y.getState(doc.store, doc.clientID))) return;
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
  }
}
