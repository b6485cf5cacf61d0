import type { AnnotationReader } from "../state/workspace.ts";
import type { Layers } from "./layers.ts";

/** What panels may read of the layers' content. */
export function readerOf(layers: Layers): AnnotationReader {
  return {
    *all() {
      for (const { id: layerId, query } of layers.all())
        for (const annotation of query.get().all()) yield { layerId, annotation };
    },
    get(id) {
      const found = layers.find(id);
      return found && { layerId: found.layer.id, annotation: found.annotation };
    },
    subscribe: (callback) => layers.subscribe((layer, change) => callback(layer.id, change)),
  };
}
