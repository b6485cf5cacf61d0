import type { Viewer } from "@coscope/viewer";
import type { CallOptions, MaskClient } from "../masks/client.ts";
import type { CallName, Calls, ModelRow, Region } from "../masks/protocol.ts";
import { recall, remember } from "../state/scope.ts";
import type { OutliningHost } from "../tools/prompt/outlining-host.ts";
import type { Engine } from "./engine.ts";

/** What the tool for prompts sees of the page. Its worker starts with the first prompt, `destroy` ends it. */
export function createOutlining(
  engine: Engine,
  viewer: Viewer,
  colorOf: (classId: string | null) => number,
): OutliningHost & { destroy(): void } {
  const { stores, hub, follow, notices } = engine;
  const waiting = new Set<(region: Region | null) => void>();
  /** What is to be ended with it. */
  const ended: (() => void)[] = [];
  let client: MaskClient | null = null;
  const stop = new AbortController();
  const chosen = recall("prompting", isChoice) ?? { model: null, private: false };

  async function get(path: string, signal: AbortSignal): Promise<unknown> {
    const { fetchJson } = await import("../masks/fetch-json.ts");
    return fetchJson(path, signal);
  }

  return {
    looked() {
      const source = stores.source.get();
      if (!source || stores.openState.get().kind !== "ready") return null;
      const channels = stores.channels.get().flatMap(({ visible }, i) => (visible ? [i] : []));
      if (channels.length === 0) return null;
      const { width, height } = source;
      const { z, t } = stores.plane.get();
      // Of a picture in red, green and blue nobody looks at one alone.
      const seen = source.rgb ? [0, 1, 2] : channels;
      return { imageId: stores.image.get().id, width, height, z, t, channels: seen };
    },
    view: () => viewer.visibleRect(),
    followed() {
      const view = hub.peers.get().get(follow.following.get() ?? 0)?.view;
      return view ? { x: view.cx, y: view.cy } : null;
    },
    onFollowed(callback) {
      const stops = [hub.peers.subscribe(callback), follow.following.subscribe(callback)];
      ended.push(...stops);
      return () => {
        for (const stop of stops) stop();
      };
    },
    isProjected: () => stores.plane.get().projection === "max",
    client() {
      client ??= startLater(
        () => stores.source.get(),
        (region) => {
          for (const callback of waiting) callback(region);
        },
        // Asked for again, its code may come after all.
        () => {
          client = null;
        },
      );
      return client;
    },
    restart() {
      client?.destroy();
      client = null;
      for (const callback of waiting) callback(null);
    },
    onWaiting(callback) {
      waiting.add(callback);
      return () => waiting.delete(callback);
    },
    models: async (signal = stop.signal) => (await get("/api/models", signal)) as ModelRow[],
    async placeInLine() {
      const state = (await get("/api/encoder", stop.signal).catch(() => null)) as {
        yours?: { position: number }[];
      } | null;
      const places = state?.yours?.map(({ position }) => position) ?? [];
      return places.length > 0 ? Math.min(...places) : null;
    },
    sketch: (shapes) => viewer.overlay.setDrafts(shapes),
    colorOf,
    announce: engine.announce,
    say: (text) => void notices.say({ id: "prompting", tone: "info", text }),
    show: stores.prompting.set,
    remember: {
      get model() {
        return chosen.model;
      },
      set model(model) {
        chosen.model = model;
        remember("prompting", chosen);
      },
      get private() {
        return chosen.private;
      },
      set private(on) {
        chosen.private = on;
        remember("prompting", chosen);
      },
    },
    destroy() {
      stop.abort();
      for (const end of ended) end();
      client?.destroy();
      client = null;
    },
  };
}

/** The client's code comes with the tool; until then its calls wait. */
function startLater(
  source: Parameters<typeof import("../masks/client.ts").createMaskClient>[0]["source"],
  onWaiting: (region: Region | null) => void,
  onFailed: () => void,
): MaskClient {
  let gone = false;
  const started = import("../masks/client.ts").then(({ createMaskClient }) => {
    const made = createMaskClient({ source, onWaiting });
    if (gone) made.destroy();
    return made;
  });
  started.catch(onFailed);
  return {
    call<Name extends CallName>(
      name: Name,
      args: Parameters<Calls[Name]>[0],
      options?: CallOptions,
    ): ReturnType<Calls[Name]> {
      const answered: Promise<unknown> = started.then(
        (made): Promise<unknown> => made.call(name, args, options),
      );
      return answered as ReturnType<Calls[Name]>;
    },
    destroy() {
      gone = true;
      started.then((made) => made.destroy()).catch(() => {});
    },
  };
}

function isChoice(value: unknown): value is { model: string | null; private: boolean } {
  const { model, private: own } = (value ?? {}) as { model?: unknown; private?: unknown };
  return (model === null || typeof model === "string") && typeof own === "boolean";
}
