import { openInWorkers } from "@coscope/viewer";
import type { EngineStores } from "./engine.ts";
import type { Notices } from "./notices.ts";
import { describeOpenError } from "./open-errors.ts";

/**
 * Opens the image's pixels into the stores, again and again if asked to. `showAll`: the address holds several
 * images, and the person wants to choose.
 */
export function createSourceOpener(stores: EngineStores, notices: Notices, showAll: () => void) {
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
        const text = source.warnings.join(" ");
        if (isPart(source.id, url)) {
          notices.say({
            tone: "info",
            sticky: true,
            text,
            next: { label: "Show all of them", run: showAll },
          });
        } else if (text) notices.say({ tone: "info", text });
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

/** Of a series or plate, the first image was opened: it lies below the address. */
function isPart(id: string, url: string): boolean {
  const whole = new URL(url, location.href).pathname.replace(/\/+$/, "");
  return new URL(id, location.href).pathname.startsWith(`${whole}/`);
}
