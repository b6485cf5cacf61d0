import { type Geometry, type ImageRect, type LayerId, makeAdd, newAnnotationId } from "@coscope/annotations";
import type { Addable } from "@coscope/annotations/interchange";
import { type Api, errorSentence } from "../api/index.ts";
import type { Edits } from "./edits.ts";
import type { Engine } from "./engine.ts";
import type { Layers } from "./layers.ts";
import type { Notices } from "./notices.ts";
import type { Rows } from "./rows.ts";

/** A shape that is shown before it is anyone's. */
export interface PreviewShape {
  readonly geometry: Geometry;
  /** 0xRRGGBB */
  readonly color: number;
}

/** What an import needs of the workspace. */
export interface ImportPort {
  /** A notice for this person. */
  say(text: string): void;
  /** Draws shapes that are not annotations yet, for this person alone; null takes them away. */
  preview(shapes: readonly PreviewShape[] | null): void;
  /** Brings a part of the image into view. */
  show(bounds: ImageRect): void;
  /** Ids of the new row. Throw a sentence for people where the server refuses. */
  addLayer(name: string): Promise<LayerId>;
  addClass(name: string, color: string): Promise<string>;
  /** Why nothing can be added to the layer, in words; null where it can. */
  whyNot(layerId: LayerId): string | null;
  /** Resolves when the layer can be drawn on; throws a sentence where it never will. */
  ready(layerId: LayerId): Promise<void>;
  /** All that one writer adds is one step of undo. False where it could not be added, and the person was told. */
  writer(layerId: LayerId): (annotations: readonly Addable[]) => boolean;
  /** Resolves when few enough edits wait to be saved; at once while there is no connection. */
  room(): Promise<void>;
}

interface ImportPortOptions {
  readonly api: Api;
  readonly rows: Rows;
  readonly layers: Layers;
  readonly edits: Edits;
  readonly notices: Notices;
  readonly saved: { get(): { kind: string; queued?: number }; subscribe(callback: () => void): () => void };
  viewer(): Engine["viewer"];
  userId(): string;
}

/** No layer has such an id. */
const PREVIEW = "~preview";
const MOST_WAITING = 8;
/** How much of the canvas something that is shown takes, and how close the camera goes at most. */
const FILLED = 0.8;
const CLOSEST = 4;

export function createImportPort(options: ImportPortOptions): ImportPort {
  const { api, rows, layers, edits, saved } = options;

  function whyNot(layerId: LayerId): string | null {
    const row = layers.row(layerId);
    const live = layers.live(layerId);
    if (!row || !live) return "This layer is no longer there.";
    if (row.locked) return `The layer “${row.name}” is locked. Unlock it in Layers.`;
    if (live.state.get() === "error") return `The layer “${row.name}” could not be opened.`;
    return live.mayWrite.get() ? null : "You may look at this layer, but not add to it.";
  }

  const inWords = <T>(change: Promise<T>): Promise<T> =>
    change.catch((error: unknown) => {
      throw new Error(errorSentence(error));
    });

  return {
    say: (text) => options.notices.say({ id: "interchange", tone: "info", text }),
    preview(shapes) {
      const scene = options.viewer()?.annotations;
      scene?.clear(PREVIEW);
      scene?.put((shapes ?? []).map((shape, i) => ({ ...shape, id: `${PREVIEW}${i}`, layerId: PREVIEW })));
    },
    show({ minX, minY, maxX, maxY }) {
      const viewer = options.viewer();
      if (!viewer) return;
      const { width, height } = viewer.size();
      const fit = Math.min(width / (maxX - minX), height / (maxY - minY)) * FILLED;
      const zoom = Math.min(fit, CLOSEST);
      viewer.setCamera({ ...viewer.camera(), cx: (minX + maxX) / 2, cy: (minY + maxY) / 2, zoom });
    },
    async addLayer(name) {
      const row = await inWords(api.addLayer(rows.image.get().id, { name }));
      rows.putLayer(row);
      layers.setActive(row.id);
      return row.id;
    },
    async addClass(name, color) {
      const row = await inWords(api.addClass(rows.image.get().projectId, { name, color }));
      rows.putClass(row);
      return row.id;
    },
    whyNot,
    ready(layerId) {
      return new Promise((resolve, reject) => {
        const look = (): boolean => {
          const why = whyNot(layerId);
          if (why !== null) reject(new Error(why));
          else if (layers.live(layerId)?.state.get() === "ready") resolve();
          else return false;
          return true;
        };
        if (look()) return;
        const stop = layers.views.subscribe(() => {
          if (look()) stop();
        });
      });
    },
    writer(layerId) {
      const step = edits.growing();
      return (annotations) => {
        const named = annotations.map((one) => ({ ...one, id: newAnnotationId() }));
        const command = makeAdd({ author: options.userId(), annotations: named });
        return step.run(layerId, command) !== null;
      };
    },
    room() {
      return new Promise((resolve) => {
        const isFree = (): boolean => {
          const { kind, queued = 0 } = saved.get();
          return kind !== "sending" || queued <= MOST_WAITING;
        };
        if (isFree()) return resolve();
        const stop = saved.subscribe(() => {
          if (!isFree()) return;
          stop();
          resolve();
        });
      });
    },
  };
}
