import { openInWorkers } from "@coscope/viewer";
import type { EngineStores } from "./engine.ts";
import type { Notices } from "./notices.ts";
import { describeOpenError } from "./open-errors.ts";

/** Opens the image's pixels into the stores, again and again if asked to. */
export function createSourceOpener(stores: EngineStores, notices: Notices) {
  let turn = 0;
  return {
    async open(): Promise<void> {
      turn += 1;
      const mine = turn;
      stores.openState.set({ kind: "opening" });
      stores.source.get()?.close?.();
      stores.source.set(null);
      const { url } = stores.image.get();
      try {
        const source = await openInWorkers(url);
        if (mine !== turn) return source.close?.();
        if (source.warnings.length > 0) notices.say({ tone: "info", text: source.warnings.join(" ") });
        stores.source.set(source);
      } catch (error) {
        if (mine === turn) stores.openState.set(describeOpenError(error, url));
      }
    },
    destroy(): void {
      turn += 1;
      stores.source.get()?.close?.();
    },
  };
}
