import { openInWorkers } from "@coscope/viewer";
import type { EngineStores } from "./engine.ts";
import type { Notices } from "./notices.ts";
import { whyNot } from "./why-not.ts";

/**
 * Opens the image's pixels into the stores, again and again if asked to. `showAll`: the address holds several
 * images, and the person wants to choose.
 */
export function createSourceOpener(stores: EngineStores, notices: Notices, showAll: () => void) {
  let turn = 0;

  /** What is read differently than it was meant; for the first image of several, the way to all of them. */
  async function warn(text: string, url: string): Promise<void> {
    const mine = turn;
    const several = await import("../open/collection.ts")
      .then(({ openCollection }) => openCollection(url))
      .catch(() => null);
    if (mine !== turn) return;
    const next = several ? { next: { label: "Show all of them", run: showAll } } : {};
    notices.say({ id: "source-warnings", tone: "info", sticky: several !== null, text, ...next });
  }

  return {
    async open(): Promise<void> {
      turn += 1;
      const mine = turn;
      stores.openState.set({ kind: "opening" });
      stores.source.get()?.close?.();
      stores.source.set(null);
      const image = stores.image.get();
      const { url } = image;
      try {
        const source = await openInWorkers(url);
        if (mine !== turn) return source.close?.();
        if (source.warnings.length > 0) void warn(source.warnings.join(" "), url);
        stores.source.set(source);
      } catch (error) {
        if (mine !== turn) return;
        const failure = await whyNot(error, image);
        if (mine === turn) stores.openState.set(failure);
      }
    },
    destroy(): void {
      turn += 1;
      stores.source.get()?.close?.();
    },
  };
}
