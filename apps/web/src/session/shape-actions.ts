import { areaOf, type Geometry, isArea, onPlane, sameGeometry } from "@coscope/annotations";
import type { Combination, SelectionActions, VertexCount } from "../state/selection-actions.ts";
import type { Target } from "../tools/tool.ts";
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

/** The kernels come with the first operation, not with the page. */
const kernels = () => import("@coscope/annotations/shapes");
type Kernels = Awaited<ReturnType<typeof kernels>>;

/** How far smoothing moves an outline at most, CSS px: what is seen is what is smoothed. */
const SMOOTH_CSS = 3;
const TRIED_COLOR = 0xffffff;
/** More at once are not tried out live. */
const MOST_TRIED = 500;

type Actions = Pick<
  SelectionActions,
  | "combineSelection"
  | "fillHoles"
  | "simplifySelection"
  | "tryShape"
  | "endTrying"
  | "smoothSelection"
  | "expandSelection"
  | "convertToPolygons"
  | "interpolatePlanes"
>;

/** Operations that make other outlines of those selected. What would be empty or unsound is refused, and stays. */
export function createShapeActions(context: SelectionContext): Actions {
  const { engine, selection, announce } = context;

  /** Runs when the kernels are here, on what is selected then. */
  async function withKernels(run: (shapes: Kernels) => void) {
    let shapes: Kernels;
    try {
      shapes = await kernels();
    } catch {
      return refuse(context, "This did not load. Try again when the connection is back.");
    }
    try {
      run(shapes);
    } catch (error) {
      if (!(error instanceof shapes.ShapeError)) throw error;
      refuse(
        context,
        error.code === "too-large"
          ? "Nothing was changed: the result would have too many corners. Simplify first."
          : "Nothing was changed: the result could not be kept.",
      );
    }
  }

  /** Gives each its new geometry. null from `make` means that nothing would be left. */
  function reshapeEach(
    targets: readonly Target[],
    make: (g: Geometry) => Geometry | null,
    words: { readonly done: string; readonly same: string },
  ) {
    const reshape: { target: Target; geometry: Geometry }[] = [];
    for (const target of targets) {
      const { geometry: before } = target.annotation;
      const geometry = make(before);
      if (!geometry) return refuse(context, NOTHING_LEFT);
      if (!sameGeometry(before, geometry)) reshape.push({ target, geometry });
    }
    if (reshape.length === 0) return refuse(context, words.same);
    if (change(context, { reshape })) announce(counted(reshape.length, words.done));
  }

  async function combine(how: Combination): Promise<void> {
    await withKernels((shapes) => {
      const targets = changeableTargets(context).filter(hasArea);
      const [first, ...others] = targets;
      if (!first || others.length === 0) return;
      if (!others.every((other) => samePlane(first, other)))
        return refuse(context, "These lie on different planes. Choose shapes of one plane.");
      const geometry = combined(
        shapes,
        how,
        targets.map(({ annotation }) => annotation.geometry),
      );
      if (!geometry)
        return refuse(
          context,
          how === "intersect"
            ? "They share nothing: nothing was changed."
            : "Nothing would be left of the first one: nothing was changed.",
        );
      if (how === "subtract" && sameArea(first.annotation.geometry, geometry))
        return refuse(context, "The others do not reach into the first one.");
      // What was taken away from the first is still there for itself; what was joined or shared is not.
      const remove = how === "subtract" ? [] : others;
      if (!change(context, { reshape: [{ target: first, geometry }], remove })) return;
      selection.set(new Set([first.annotation.id]));
      announce(DONE[how]);
    });
  }

  function interpolate(shapes: Kernels) {
    const targets = selectionTargets(context).filter(hasArea);
    const axis = axisOf(targets);
    if (!axis)
      return refuse(context, "Select two shapes of different depth, or of different time, to fill between.");
    const along = ({ annotation }: Target) => annotation.geometry.plane[axis] as number;
    const sorted = [...targets].sort((a, b) => along(a) - along(b));
    const add = sorted.slice(1).flatMap((to, index) => {
      const from = sorted[index]!;
      const planes = along(to) - along(from);
      return Array.from({ length: Math.max(0, planes - 1) }, (_, i) => {
        const { geometry } = from.annotation;
        const plane = { ...geometry.plane, [axis]: along(from) + i + 1 };
        const between = shapes.interpolateShapes(geometry, to.annotation.geometry, (i + 1) / planes, plane);
        return between ? [additionFrom(from, between)] : [];
      }).flat();
    });
    if (add.length === 0) return refuse(context, "There is no plane between them to fill.");
    addAndSelect(context, add, "added between", targets);
  }

  function tried(shapes: Kernels, how: "simplify" | "expand", px: number) {
    return (g: Geometry) => (how === "simplify" ? simplified(shapes, g, px) : expanded(shapes, g, px));
  }

  return {
    combineSelection: combine,
    fillHoles: () =>
      withKernels((shapes) => {
        const holed = changeableTargets(context).filter(
          ({ annotation: { geometry: g } }) =>
            g.kind === "polygon" && g.parts.some((rings) => rings.length > 1),
        );
        reshapeEach(holed, shapes.fillHoles, { done: "filled", same: "There are no holes to fill." });
      }),
    simplifySelection: (px) =>
      withKernels((shapes) =>
        reshapeEach(changeableTargets(context), tried(shapes, "simplify", px), {
          done: "simplified",
          same: "Nothing to leave out within this distance.",
        }),
      ),
    smoothSelection: () =>
      withKernels((shapes) => {
        const px = SMOOTH_CSS / context.zoom();
        const make = (g: Geometry) => {
          const smooth = shapes.smooth(g, px);
          // Smoothing multiplies corners; a tenth of its reach is not seen.
          return smooth && shapes.simplify(smooth, px / 10);
        };
        reshapeEach(changeableTargets(context).filter(hasArea), make, {
          done: "smoothed",
          same: "There is nothing to smooth.",
        });
      }),
    expandSelection: (px) =>
      withKernels((shapes) =>
        reshapeEach(changeableTargets(context).filter(hasArea), tried(shapes, "expand", px), {
          done: px > 0 ? "expanded" : "shrunk",
          same: "Nothing to change by so little.",
        }),
      ),
    convertToPolygons: () =>
      withKernels((shapes) => {
        const boxes = changeableTargets(context).filter(
          ({
            annotation: {
              geometry: { kind },
            },
          }) => kind === "rectangle" || kind === "ellipse",
        );
        reshapeEach(boxes, shapes.clean, { done: "made a polygon", same: "These are polygons already." });
      }),
    interpolatePlanes: () => withKernels(interpolate),
    async tryShape(how, px) {
      let count: VertexCount | null = null;
      await withKernels((shapes) => {
        const targets = selectionTargets(context).filter((t) => how === "simplify" || hasArea(t));
        if (targets.length === 0 || targets.length > MOST_TRIED) return;
        const before = targets.map(({ annotation }) => annotation.geometry);
        const after = before.map(tried(shapes, how, px));
        const shown = after.filter((g) => g !== null).map((geometry) => ({ geometry, color: TRIED_COLOR }));
        engine.viewer?.overlay.setDrafts(shown);
        count = { before: vertices(before), after: vertices(after) };
      });
      return count;
    },
    endTrying: () => engine.viewer?.overlay.setDrafts([]),
  };
}

const NOTHING_LEFT = "Nothing would be left of it: nothing was changed.";

const DONE: { readonly [How in Combination]: string } = {
  union: "United",
  subtract: "Subtracted; the others are as they were",
  intersect: "Only what they share is left",
};

function hasArea({ annotation }: Target): boolean {
  return isArea(annotation.geometry);
}

function samePlane(a: Target, b: Target): boolean {
  return onPlane(a.annotation.geometry, b.annotation.geometry.plane);
}

function combined(shapes: Kernels, how: Combination, all: readonly Geometry[]): Geometry | null {
  const [first, ...others] = all as [Geometry, ...Geometry[]];
  if (how === "union") return shapes.uniteAll(all);
  if (how === "subtract") {
    const rest = shapes.uniteAll(others);
    return rest && shapes.subtract(first, rest);
  }
  return others.reduce<Geometry | null>((left, other) => left && shapes.intersect(left, other), first);
}

/** Rectangles and ellipses are as simple as can be. */
function simplified(shapes: Kernels, g: Geometry, px: number): Geometry | null {
  return g.kind === "rectangle" || g.kind === "ellipse" ? g : shapes.simplify(g, px);
}

/** Round corners of a curve finer than an eighth of a pixel are not worth their corners. */
function expanded(shapes: Kernels, g: Geometry, px: number): Geometry | null {
  if (!isArea(g)) return g;
  const wider = shapes.expand(g, px);
  return wider && shapes.simplify(wider, 1 / 8);
}

function vertices(all: readonly (Geometry | null)[]): number {
  let count = 0;
  for (const g of all) {
    if (g?.kind === "polygon")
      for (const rings of g.parts) for (const ring of rings) count += ring.length / 2;
    else if (g?.kind === "polyline") count += g.points.length / 2;
    else if (g) count += 4;
  }
  return count;
}

/** Along which all lie on different planes, being alike along the other. */
function axisOf(targets: readonly Target[]): "z" | "t" | null {
  const planes = targets.map(({ annotation }) => annotation.geometry.plane);
  const distinct = (axis: "z" | "t") => new Set(planes.map((plane) => plane[axis]));
  for (const [axis, other] of [
    ["z", "t"],
    ["t", "z"],
  ] as const) {
    const values = distinct(axis);
    if (values.size > 1 && values.size === planes.length && !values.has("all") && distinct(other).size === 1)
      return axis;
  }
  return null;
}

/** To within the rounding of the grid, where nothing was taken away. */
function sameArea(a: Geometry, b: Geometry): boolean {
  return Math.abs(areaOf(a) - areaOf(b)) <= 1e-6 * areaOf(a);
}
