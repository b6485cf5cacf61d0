import type { AnnotationId, AnnotationSnapshot, LayerId, QueryChange } from "@coscope/annotations";
import type { Viewer } from "@coscope/viewer";
import type { ClassRow } from "../state/rows.ts";
import type { Store } from "../state/store.ts";
import type { Paint } from "../state/workspace.ts";
import type { Layers } from "./layers.ts";
import { parseColor } from "./remote-cursors.ts";

/** Unclassified: a light grey that is no class's colour. */
const UNCLASSIFIED = 0xd0d4da;

/** Keeps what the viewer draws equal to what the layers say. */
export interface SceneSync {
  /** Leaves these out while a draft of theirs is drawn. */
  suppress(ids: ReadonlySet<AnnotationId>): void;
  destroy(): void;
}

export function createSceneSync(
  viewer: Viewer,
  layers: Layers,
  classes: Store<readonly ClassRow[]>,
  paint: Store<Paint | null>,
): SceneSync {
  const scene = viewer.annotations;
  let colors = colorMap(classes.get());
  let suppressed: ReadonlySet<AnnotationId> = new Set();

  function item(layerId: LayerId, annotation: AnnotationSnapshot) {
    const { id, geometry, label, order } = annotation;
    const color = colorOf(annotation);
    return { id, layerId, geometry, color, ...(label && { label }), ...(order !== 0 && { order }) };
  }

  function colorOf(annotation: AnnotationSnapshot): number {
    const painted = paint.get();
    if (painted) return painted(annotation);
    const { classId } = annotation;
    return (classId !== null ? colors.get(classId) : undefined) ?? UNCLASSIFIED;
  }

  function apply(layerId: LayerId, { added, changed, removed }: QueryChange): void {
    if (removed.length > 0) scene.remove(removed.map(({ id }) => id));
    const items = [];
    for (const annotation of added) if (!suppressed.has(annotation.id)) items.push(item(layerId, annotation));
    for (const { after } of changed) if (!suppressed.has(after.id)) items.push(item(layerId, after));
    if (items.length > 0) scene.put(items);
  }

  function putAll(): void {
    for (const layer of layers.all()) {
      const shown = [...layer.query.get().all()].filter(({ id }) => !suppressed.has(id));
      scene.put(shown.map((annotation) => item(layer.id, annotation)));
    }
  }

  function onClasses(): void {
    const before = colors;
    colors = colorMap(classes.get());
    const changed = new Set<string>();
    for (const id of new Set([...before.keys(), ...colors.keys()])) {
      if (before.get(id) !== colors.get(id)) changed.add(id);
    }
    if (changed.size === 0 || paint.get()) return;
    for (const layer of layers.all()) {
      const affected = [...layer.query.get().all()].filter(
        ({ classId }) => classId !== null && changed.has(classId),
      );
      if (affected.length > 0) scene.put(affected.map((annotation) => item(layer.id, annotation)));
    }
  }

  putAll();
  const stops = [
    layers.subscribe((layer, change) => apply(layer.id, change)),
    classes.subscribe(onClasses),
    paint.subscribe(putAll),
    layers.views.subscribe(() => scene.setHidden(layers.hidden())),
  ];
  scene.setHidden(layers.hidden());

  return {
    suppress(ids) {
      const before = suppressed;
      suppressed = ids;
      const hidden = [...ids].filter((id) => !before.has(id));
      if (hidden.length > 0) scene.remove(hidden);
      const items = [];
      for (const id of before) {
        const found = ids.has(id) ? null : layers.find(id);
        if (found) items.push(item(found.layer.id, found.annotation));
      }
      if (items.length > 0) scene.put(items);
    },
    destroy() {
      for (const stop of stops) stop();
    },
  };
}

function colorMap(classes: readonly ClassRow[]): Map<string, number> {
  return new Map(classes.map(({ id, color }) => [id, parseColor(color)]));
}
