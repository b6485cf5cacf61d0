import { type ClassId, type Geometry, imagePoint, LOCKED, makeSetAttribute } from "@coscope/annotations";
import type { PresencePatch } from "@coscope/annotations/presence";
import type { Viewer } from "@coscope/viewer";
import { formatPath } from "../panels/format.ts";
import { hasSize } from "../state/brush.ts";
import type { Store, WritableStore } from "../state/store.ts";
import type { PlaneState } from "../state/workspace.ts";
import type { OutliningHost } from "../tools/prompt/outlining-host.ts";
import type { ImageBox, Measured, Preview, StrokePreview, Target, ToolHost } from "../tools/tool.ts";
import { createApply, idsByLayer } from "./apply-change.ts";
import type { BrushCursor } from "./brush-cursor.ts";
import { moveAnnotations } from "./change-annotations.ts";
import type { Edits } from "./edits.ts";
import type { Layers } from "./layers.ts";
import type { Notices } from "./notices.ts";
import type { People } from "./people.ts";
import type { SceneSync } from "./scene-sync.ts";

export { idsByLayer };

export interface ToolHostOptions {
  readonly viewer: Viewer;
  readonly element: HTMLElement;
  readonly scene: SceneSync;
  readonly layers: Layers;
  readonly edits: Edits;
  readonly people: People;
  readonly notices: Notices;
  readonly plane: () => PlaneState;
  readonly selection: WritableStore<ReadonlySet<string>>;
  readonly hint: WritableStore<string>;
  readonly ruler: WritableStore<Measured | null>;
  readonly brushSize: Store<number>;
  readonly emptyOnly: Store<boolean>;
  readonly brushCursor: BrushCursor;
  outlining(): OutliningHost;
  userId(): string;
  activeClassId(): ClassId | null;
  colorOf(classId: ClassId | null): number;
  /** Annotations are hidden: nothing can be hit, and drawing shows them again. */
  areHidden(): boolean;
  showAnnotations(): void;
  tell(patch: PresencePatch): void;
  announce(text: string): void;
}

/** What tools see of the page and do to it. One per mounted canvas. */
export function createToolHost(options: ToolHostOptions): ToolHost {
  const { viewer, layers, edits, people, notices, selection } = options;
  /** Annotations that a colleague is changing and that the person chose to change all the same. */
  const takenOver = new Set<string>();
  const toTarget = ({ layer, annotation }: NonNullable<ReturnType<Layers["find"]>>): Target => ({
    layerId: layer.id,
    annotation,
  });

  function shownLayers() {
    if (options.areHidden()) return [];
    return [...layers.all()].filter(({ id }) => !layers.isHidden(id));
  }

  function refuse(id: string, text: string, next?: { label: string; run(): void }): false {
    notices.say({ id, tone: "info", text, ...(next && { next }) });
    return false;
  }

  function isLocked(layerId: string): boolean {
    const row = layers.row(layerId);
    if (!row?.locked) return false;
    return !refuse("layer-locked", `The layer “${row.name}” is locked. Unlock it in Layers to change it.`);
  }

  /** Locked one by one: advice, which whoever may change them may also take away. */
  function areKept(targets: readonly Target[]): boolean {
    const kept = targets.filter(({ annotation: { id } }) => layers.find(id)?.annotation.locked);
    if (kept.length === 0) return false;
    const text =
      kept.length > 1
        ? `${kept.length} of these are locked.`
        : targets.length > 1
          ? "One of these is locked."
          : "This annotation is locked.";
    return !refuse("annotation-locked", text, {
      label: "Unlock",
      run() {
        notices.dismiss("annotation-locked");
        edits.group(() => {
          for (const [layerId, ids] of idsByLayer(kept))
            edits.run(layerId, makeSetAttribute(ids, LOCKED, null));
        });
      },
    });
  }

  function isBusy(targets: readonly Target[], together: boolean): boolean {
    for (const { annotation } of targets) {
      const editor = people.editorOf(annotation.id);
      if (!editor) takenOver.delete(annotation.id);
      if (!editor || takenOver.has(annotation.id)) continue;
      if (together && hasSize(editor.cursor?.tool)) continue;
      return !refuse("being-changed", `${editor.user.name} is changing this right now.`, {
        label: "Change it all the same",
        run() {
          takenOver.add(annotation.id);
          notices.dismiss("being-changed");
        },
      });
    }
    return false;
  }

  const apply = createApply(options);

  const host: ToolHost = {
    zoom: () => viewer.camera().zoom,
    plane: options.plane,
    toScreen: ({ x, y }) => viewer.imageToScreen(imagePoint(x, y)),
    visible: () => viewer.visibleRect(),
    readView: viewer.readView,
    hits(at, toleranceCss) {
      const tolerancePx = toleranceCss / viewer.camera().zoom;
      const found = shownLayers().flatMap((layer) =>
        layer.query
          .get()
          .at(imagePoint(at.x, at.y), tolerancePx, options.plane())
          .map((annotation) => ({ layerId: layer.id, annotation })),
      );
      // Each layer's own are in order; the active layer's come first.
      const active = layers.active.get();
      return [...found.filter((t) => t.layerId === active), ...found.filter((t) => t.layerId !== active)];
    },
    inside(box) {
      return shownLayers().flatMap((layer) =>
        layer.query
          .get()
          .within(box, options.plane())
          .filter(({ bounds }) => contains(box, bounds))
          .map((annotation) => ({ layerId: layer.id, annotation })),
      );
    },
    within(box) {
      return shownLayers().flatMap((layer) =>
        layer.query
          .get()
          .within(box, options.plane())
          .map((annotation) => ({ layerId: layer.id, annotation })),
      );
    },
    target(id) {
      const found = layers.find(id);
      return found && toTarget(found);
    },
    selection: selection.get,
    select: (ids) => selection.set(new Set(ids)),
    mayDraw() {
      const id = layers.active.get();
      const row = id === null ? undefined : layers.row(id);
      const live = id === null ? undefined : layers.live(id);
      if (!row || !live) return refuse("no-layer", "There is no layer to draw on. Add one in Layers.");
      if (isLocked(row.id)) return false;
      if (live.state.get() === "error") {
        return refuse(
          "layer-error",
          `The layer “${row.name}” could not be opened. Choose another in Layers.`,
        );
      }
      if (live.state.get() === "loading") {
        return refuse("layer-loading", `The layer “${row.name}” is still loading.`);
      }
      if (!live.mayWrite.get()) return refuse("look-only", "You may look at this layer, but not draw on it.");
      if (layers.isHidden(row.id)) {
        return refuse("layer-hidden", `The layer “${row.name}” is hidden. Show it in Layers to draw on it.`);
      }
      if (options.areHidden()) options.showAnnotations();
      return true;
    },
    mayChange(targets, { together = false } = {}) {
      if (targets.some(({ layerId }) => isLocked(layerId))) return false;
      if (targets.some(({ layerId }) => layers.live(layerId)?.mayWrite.get() === false)) {
        return refuse("look-only", "You may look at this layer, but not change it.");
      }
      return !areKept(targets) && !isBusy(targets, together);
    },
    activeLayerId: () => layers.active.get(),
    activeClassId: options.activeClassId,
    add: (geometry) => void apply({ add: [{ geometry }] }),
    apply,
    reshape: (target, geometry) => void apply({ reshape: [{ target, geometry }] }),
    move: (targets, dx, dy) => moveAnnotations(edits, targets, dx, dy),
    preview: (items) => showPreview(items),
    stroke: (stroke) => showStroke(stroke),
    brushCircle: options.brushCursor.show,
    brushSize: options.brushSize.get,
    emptyOnly: options.emptyOnly.get,
    nextFrame(callback) {
      const request = requestAnimationFrame(callback);
      return () => cancelAnimationFrame(request);
    },
    lengthText: (points) => formatPath(points, viewer.source?.calibration ?? null),
    marquee: (box) => viewer.overlay.setMarquee(box),
    handles: (handles, frame) => viewer.overlay.setHandles([...handles], frame),
    measure: options.ruler.set,
    outlining: options.outlining,
    say: (text) => void refuse("cannot", text),
    cursor(css) {
      if (options.element.style.cursor !== css) options.element.style.cursor = css;
    },
    hint: options.hint.set,
  };

  function showPreview(items: readonly Preview[]): void {
    const [first] = items;
    options.scene.suppress(new Set(items.flatMap(({ id }) => id ?? [])));
    viewer.overlay.setDrafts(
      items.map(({ geometry, classId }) => ({ geometry, color: options.colorOf(classId) })),
    );
    options.tell({
      ghost:
        first && !first.own
          ? { layerId: first.layerId, classId: first.classId, geometry: first.geometry }
          : null,
      editing: first?.id ? { layerId: first.layerId, id: first.id } : null,
    });
  }

  let strokeBases: readonly { readonly geometry: Geometry; readonly color: number }[] = [];

  function showStroke(stroke: StrokePreview | null): void {
    const targets = stroke?.targets ?? [];
    options.scene.suppress(new Set(targets.map(({ annotation }) => annotation.id)));
    const bases = targets.map(({ layerId, annotation }) => {
      // What a colleague makes of it meanwhile is seen under the stroke.
      const now = layers.live(layerId)?.get(annotation.id) ?? annotation;
      return { geometry: now.geometry, color: options.colorOf(now.classId) };
    });
    const same =
      bases.length === strokeBases.length &&
      bases.every(({ geometry }, i) => geometry === strokeBases[i]!.geometry);
    if (!same) strokeBases = bases;
    viewer.overlay.setStroke(
      stroke && {
        bases: strokeBases,
        swept: stroke.swept,
        mode: stroke.mode,
        color: strokeBases[0]?.color ?? options.colorOf(stroke.classId),
      },
    );
    const first = targets[0];
    options.tell({
      ghost: stroke?.ghost
        ? { layerId: stroke.layerId, classId: stroke.classId, geometry: stroke.ghost }
        : null,
      editing: first ? { layerId: first.layerId, id: first.annotation.id } : null,
    });
  }

  return host;
}

function contains(outer: ImageBox, inner: ImageBox): boolean {
  return (
    inner.minX >= outer.minX &&
    inner.minY >= outer.minY &&
    inner.maxX <= outer.maxX &&
    inner.maxY <= outer.maxY
  );
}
