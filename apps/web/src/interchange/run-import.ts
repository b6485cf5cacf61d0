import { type ClassId, slicesOf } from "@coscope/annotations";
import { toAdd } from "@coscope/annotations/interchange";
import type { Workspace } from "../state/workspace.ts";
import type { FileWorker } from "./client.ts";
import type { FilePreview } from "./messages.ts";
import { colorOfNew, type ImportPlan } from "./plan.ts";

export interface ImportOptions {
  readonly workspace: Workspace;
  readonly worker: FileWorker;
  readonly fileName: string;
  readonly preview: FilePreview;
  readonly plan: ImportPlan;
  readonly signal: AbortSignal;
  onProgress(done: number): void;
}

/**
 * Adds the annotations of a file, slice by slice, as one step of undo. Resolves to how many; fewer than there are
 * where it was stopped. Throws a sentence for people.
 */
export async function runImport(options: ImportOptions): Promise<number> {
  const { workspace, worker, fileName, plan, signal } = options;
  const { importing } = workspace;
  const classIds = await classesFor(options);
  const layerId = plan.layerId ?? (await importing.addLayer(layerName(fileName)));
  const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  await Promise.race([importing.ready(layerId), stopped]);
  const write = importing.writer(layerId);
  const how = { file: fileName, classOf: (name: string) => classIds.get(name) ?? null };
  let done = 0;
  for (;;) {
    const taken = await worker.ask({ job: "take", image: plan.image, from: done });
    if (taken.length === 0 || signal.aborted) return done;
    for (const slice of slicesOf(taken)) {
      await Promise.race([importing.room(), stopped]);
      if (signal.aborted) return done;
      if (!write(slice.map((one) => toAdd(one, how)))) return done;
      done += slice.length;
      options.onProgress(done);
      await breath();
    }
  }
}

async function classesFor({ workspace, preview, plan }: ImportOptions): Promise<Map<string, ClassId>> {
  const ids = new Map<string, ClassId>();
  for (const { name, color } of preview.summary.classes) {
    const choice = plan.classes.get(name);
    if (choice?.kind === "class") ids.set(name, choice.id);
    if (choice?.kind !== "new") continue;
    const next = workspace.classes.get().length;
    ids.set(name, await workspace.importing.addClass(className(name), colorOfNew(color, next)));
  }
  return ids;
}

/** Names of layers are short. */
export const layerName = (fileName: string): string =>
  fileName.replace(/(\.coco)?\.(geo)?json$/i, "").slice(0, 60) || "Imported";

/** What the server takes as a name: a file may have anything there, and one class must not stop the rest. */
export const className = (name: string): string =>
  name.replaceAll("\0", "").trim().slice(0, 200).trim() || "Unnamed";

/** Lets the page draw and answer. Not a frame long: one that draws all that came in so far may take a while. */
const breath = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve));
