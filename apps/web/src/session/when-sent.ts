import type { Outbox } from "@coscope/annotations/outbox";
import type { Store } from "../state/store.ts";

/** How long a closed image stays connected for what is still on its way. */
const LINGER_MS = 10_000;

/** Resolves when nothing is waiting, when it cannot be sent, or after a while: it is on disk in any case. */
export function whenSent(outbox: Outbox | null, connected: Store<boolean>): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (connected.get() && outbox && outbox.pending().length > 0) return;
      clearTimeout(timer);
      for (const stop of stops) stop();
      resolve();
    };
    const timer = setTimeout(resolve, LINGER_MS);
    const stops = [outbox?.subscribe(check) ?? (() => {}), connected.subscribe(check)];
    check();
  });
}
