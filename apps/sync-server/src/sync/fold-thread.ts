import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import * as Y from "yjs";

export interface FoldReply {
  readonly state?: Uint8Array;
  readonly error?: string;
}

/** Edits go first: on few cores they would wait for a fold. On Linux 0 means this thread, elsewhere the whole server. */
const NICE = 10;
if (process.platform === "linux") setPriority(0, NICE);

/** As the server's documents: what was overwritten is dropped. */
function fold(updates: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc();
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update);
  });
  return Y.encodeStateAsUpdate(doc);
}

parentPort?.on("message", (updates: Uint8Array[]) => {
  try {
    const state = fold(updates);
    parentPort!.postMessage({ state } satisfies FoldReply, [state.buffer as ArrayBuffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    parentPort!.postMessage({ error: message } satisfies FoldReply);
  }
});
