import { openInWorkers, type Viewer } from "@coscope/viewer";
import type { ImageSource } from "@coscope/viewer/source";
import { recall, remember } from "../state/scope.ts";
import { createStore, type Store } from "../state/store.ts";
import type { ImageLabel } from "../state/workspace.ts";
import type { EngineStores } from "./engine.ts";
import type { Notices } from "./notices.ts";
import { describeOpenError } from "./open-errors.ts";

export type LabelChange = Partial<Pick<ImageLabel, "visible" | "opacity" | "outline">>;

/** The label images that came with the image, each person's own to show and hide. */
export interface ImageLabels {
  readonly store: Store<readonly ImageLabel[]>;
  change(id: string, change: LabelChange): void;
  /** The canvas that is on screen now, or none. */
  mounted(viewer: Viewer | null): void;
  destroy(): void;
}

const FIRST = { visible: false, opacity: 0.6, outline: false };

export function createImageLabels(stores: EngineStores, notices: Notices): ImageLabels {
  const store = createStore<readonly ImageLabel[]>([]);
  /** Opened when first shown, and kept: hiding and showing again reads nothing. */
  const sources = new Map<string, ImageSource>();
  let viewer: Viewer | null = null;
  let looked = "";
  let alive = true;

  /** What comes first is the picture; the labels are asked for when that is there. */
  async function look(): Promise<void> {
    const { id, url } = stores.image.get();
    if (stores.openState.get().kind !== "ready" || looked === url) return;
    looked = url;
    try {
      const { read } = await import("../open/reading.ts");
      const found = await read("labels", url);
      if (!alive) return;
      const remembered = recall("labels", isRemembered, id) ?? {};
      store.set(
        found.map(({ url: address, name }) => {
          return { id: address, name, ...FIRST, ...remembered[name], state: "idle" as const };
        }),
      );
      for (const label of store.get()) if (label.visible) void open(label.id);
    } catch {
      // An image without labels that can be read is an image like any other.
    }
  }

  async function open(id: string): Promise<void> {
    const label = store.get().find((one) => one.id === id);
    if (!label || label.state === "loading" || sources.has(id)) return;
    patch(id, { state: "loading" });
    try {
      const source = await openInWorkers(id, { workers: 1 });
      if (!alive) return source.close?.();
      sources.set(id, source);
      patch(id, { state: "ready" });
    } catch (error) {
      if (!alive) return;
      patch(id, { state: "error", visible: false });
      const { text, next } = describeOpenError(error, id);
      notices.say({ id: `label-${id}`, tone: "warning", text: `${label.name}: ${text} ${next}` });
    }
  }

  function patch(id: string, change: Partial<ImageLabel>): void {
    store.set((list) => list.map((label) => (label.id === id ? { ...label, ...change } : label)));
    show();
  }

  function show(): void {
    viewer?.setLabels(
      store.get().flatMap(({ id, visible, opacity, outline }) => {
        const source = sources.get(id);
        return source ? [{ id, source, visible, opacity, outline }] : [];
      }),
    );
  }

  const stop = stores.openState.subscribe(() => void look());
  return {
    store,
    change(id, change) {
      patch(id, change);
      const kept = store
        .get()
        .map(({ name, visible, opacity, outline }) => [name, { visible, opacity, outline }]);
      remember("labels", Object.fromEntries(kept), stores.image.get().id);
      if (change.visible) void open(id);
    },
    mounted(next) {
      viewer = next;
      show();
    },
    destroy() {
      alive = false;
      stop();
      for (const source of sources.values()) source.close?.();
    },
  };
}

function isRemembered(value: unknown): value is Record<string, LabelChange> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every(
      (label: LabelChange | null) =>
        typeof label?.visible === "boolean" &&
        typeof label.opacity === "number" &&
        typeof label.outline === "boolean",
    )
  );
}
