import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import { rowsOf } from "../store/guests.ts";
import type { Database } from "../store/store.ts";

/** How much annotations may take; whatever is left out has a sensible value. */
export interface AnnotationLimits {
  /** Bytes of one layer as it is loaded: everybody who opens it is sent them. */
  readonly layerBytes?: number;
  /** Bytes of all layers together, with their history, in the database. */
  readonly totalBytes?: number;
}

/** Five hundred thousand outlines of nuclei. */
const LAYER_BYTES = 100e6;
const TOTAL_BYTES = 100e9;
/** The database is asked again after so much was written, and after so long. */
const ASK_AFTER_BYTES = 64 << 20;
const ASK_EVERY_MS = 60_000;

export interface RoomLimits {
  /** Why so many more bytes may not be added to a layer that has `layerBytes`; null when they may. */
  refusal(layerBytes: number, more: number): "layer-full" | "storage-full" | null;
  close(): void;
}

/** Knows what annotations take: what the database says they do, and what was accepted since. */
export async function createRoomLimits(
  db: Database,
  { layerBytes: mostInLayer = LAYER_BYTES, totalBytes: mostInAll = TOTAL_BYTES }: AnnotationLimits,
  log: Logger,
): Promise<RoomLimits> {
  let taken = 0;
  let since = 0;
  let asking = false;

  async function ask(): Promise<void> {
    const before = since;
    const [row] = rowsOf<{ bytes: string | number }>(
      await db.execute(sql`select pg_total_relation_size('document_updates')::bigint as bytes`),
    );
    taken = Number(row!.bytes);
    since -= before;
  }
  function askAgain(): void {
    if (asking) return;
    asking = true;
    ask()
      .catch((error) => log.warn({ err: error }, "how much annotations take is not known anew"))
      .finally(() => {
        asking = false;
      });
  }

  await ask();
  const timer = setInterval(askAgain, ASK_EVERY_MS);
  timer.unref();
  return {
    refusal(layerBytes, more) {
      if (layerBytes + more > mostInLayer) return "layer-full";
      if (taken + since + more > mostInAll) return "storage-full";
      since += more;
      if (since > ASK_AFTER_BYTES) askAgain();
      return null;
    },
    close: () => clearInterval(timer),
  };
}
