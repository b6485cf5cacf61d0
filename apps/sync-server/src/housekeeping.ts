import type { Logger } from "pino";
import type { Sessions } from "./access/sessions.ts";
import { pruneGuests } from "./store/guests.ts";
import type { Store } from "./store/store.ts";

const EVERY_MS = 24 * 3600 * 1000;

/** Forgets ended sessions and guests who left nothing: now, and once a day. Returns what stops it. */
export async function keepHouse(
  { db, documentLog }: Pick<Store, "db" | "documentLog">,
  sessions: Sessions,
  log: Logger,
): Promise<() => void> {
  const round = async () => {
    await sessions.prune();
    // Whoever drew something stays, however lately.
    const guests = await documentLog.quietly(() => pruneGuests(db));
    if (guests > 0) log.info({ guests }, "guests who left nothing were forgotten");
  };
  await round();
  const timer = setInterval(() => {
    round().catch((error) => log.error({ err: error }, "housekeeping failed"));
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
