import { type AnnotationSnapshot, boundsOf, type Geometry, onPlane } from "@coscope/annotations";
import { rotation, scaling, transformGeometry } from "@coscope/annotations/transform";
import { MOST_TRANSFORMED, type PlaneAxis, type SelectionActions } from "../state/selection-actions.ts";
import { storable, TOO_SMALL } from "../tools/select/storable.ts";
import type { ImageBox, Target } from "../tools/tool.ts";
import { additionFrom } from "./change-annotations.ts";
import {
  addAndSelect,
  change,
  changeableTargets,
  counted,
  refuse,
  type SelectionContext,
  selectionTargets,
} from "./selection-context.ts";

type Actions = Pick<
  SelectionActions,
  | "selectEverywhere"
  | "selectClass"
  | "selectSameClass"
  | "invertSelection"
  | "copyToPlane"
  | "spanPlanes"
  | "rotateSelection"
  | "scaleSelection"
>;

/** What to select, and where the selection goes. */
export function createSelectingActions(context: SelectionContext): Actions & { selectAll(): void } {
  const { engine, layers, selection, announce } = context;
  const { stores } = engine;

  function choose(annotations: Iterable<AnnotationSnapshot>): void {
    const ids = new Set([...annotations].map(({ id }) => id));
    selection.set(ids);
    announce(counted(ids.size, "selected"));
  }

  /** Of the active layer, unless it is hidden. */
  function active(onThisPlane: boolean): AnnotationSnapshot[] {
    const id = layers.active.get();
    const layer = id === null || layers.isHidden(id) ? undefined : layers.live(id);
    return layer ? all(layer.query.get().all(), onThisPlane) : [];
  }

  function all(annotations: Iterable<AnnotationSnapshot>, onThisPlane: boolean): AnnotationSnapshot[] {
    const plane = stores.plane.get();
    return [...annotations].filter(({ geometry }) => !onThisPlane || onPlane(geometry, plane));
  }

  function ofClasses(classes: ReadonlySet<string | null>): void {
    const shown = [...layers.all()].filter(({ id }) => !layers.isHidden(id));
    const found = shown.flatMap((layer) => all(layer.query.get().all(), true));
    choose(found.filter(({ classId }) => classes.has(classId)));
  }

  async function transform(make: (g: Geometry, middle: { x: number; y: number }) => Geometry): Promise<void> {
    const targets = changeableTargets(context);
    if (targets.length === 0) return;
    if (targets.length > MOST_TRANSFORMED) {
      refuse(
        context,
        `At most ${MOST_TRANSFORMED.toLocaleString("en")} annotations can be turned or resized at once.`,
      );
      return;
    }
    const middle = middleOf(targets);
    const shapes = await storable(targets.map(({ annotation }) => make(annotation.geometry, middle)));
    if (!shapes) refuse(context, TOO_SMALL);
    else change(context, { reshape: targets.map((target, i) => ({ target, geometry: shapes[i]! })) });
  }

  function copyToPlane(by: 1 | -1, axis: PlaneAxis) {
    const targets = selectionTargets(context);
    const size = sizeOf(axis);
    const add = targets.flatMap((target) => {
      const { geometry } = target.annotation;
      const at = geometry.plane[axis];
      if (at === "all" || at + by < 0 || at + by >= size) return [];
      return additionFrom(target, { ...geometry, plane: { ...geometry.plane, [axis]: at + by } });
    });
    const [first] = add;
    if (!first) {
      const everywhere = targets.every(({ annotation }) => annotation.geometry.plane[axis] === "all");
      return refuse(context, NO_PLANE[axis][everywhere ? "all" : by > 0 ? "after" : "before"]);
    }
    const copies = addAndSelect(context, add, "copied");
    if (!copies) return;
    engine.follow.stop();
    stores.plane.set((now) => {
      const next = { ...now, [axis]: first.geometry.plane[axis] as number };
      return axis === "z" ? { ...next, projection: null } : next;
    });
  }

  const sizeOf = (axis: PlaneAxis) =>
    (axis === "z" ? stores.source.get()?.sizeZ : stores.source.get()?.sizeT) ?? 1;

  return {
    selectAll: () => choose(active(true)),
    selectEverywhere: () => choose(active(false)),
    selectClass: (classId) => ofClasses(new Set([classId])),
    selectSameClass: () => ofClasses(new Set(stores.selected.get().map(({ classId }) => classId))),
    invertSelection() {
      const before = selection.get();
      choose(active(true).filter(({ id }) => !before.has(id)));
    },
    copyToPlane,
    spanPlanes(axis, everywhere) {
      const here = stores.plane.get()[axis];
      const reshape = changeableTargets(context).flatMap((target) => {
        const { geometry } = target.annotation;
        if ((geometry.plane[axis] === "all") === everywhere) return [];
        const plane = { ...geometry.plane, [axis]: everywhere ? ("all" as const) : here };
        return { target, geometry: { ...geometry, plane } };
      });
      if (reshape.length > 0) change(context, { reshape });
    },
    async rotateSelection(degrees) {
      const radians = (degrees * Math.PI) / 180;
      await transform((g, { x, y }) => transformGeometry(g, rotation(radians, x, y)));
    },
    async scaleSelection(factor) {
      await transform((g, { x, y }) => transformGeometry(g, scaling(factor, factor, x, y)));
    },
  };
}

const NO_PLANE = {
  z: {
    after: "There is no depth after this one.",
    before: "There is no depth before this one.",
    all: "These are shown at every depth already.",
  },
  t: {
    after: "There is no time point after this one.",
    before: "There is no time point before this one.",
    all: "These are shown at every time point already.",
  },
} as const;

function middleOf(targets: readonly Target[]): { x: number; y: number } {
  const { minX, minY, maxX, maxY } = boxAround(
    targets.map(({ annotation }) => boundsOf(annotation.geometry)),
  );
  return { x: (minX + maxX) / 2, y: (minY + maxY) / 2 };
}

/** Of at least one. */
function boxAround(boxes: readonly ImageBox[]): ImageBox {
  return boxes.reduce((a, b) => ({
    minX: Math.min(a.minX, b.minX),
    minY: Math.min(a.minY, b.minY),
    maxX: Math.max(a.maxX, b.maxX),
    maxY: Math.max(a.maxY, b.maxY),
  }));
}
