import { boundsOf, type Geometry, isArea, onPlane } from "@coscope/annotations/geometry";
import {
  clean,
  intersect,
  ShapeError,
  subtract,
  subtractNeighbours,
  unite,
} from "@coscope/annotations/shapes";
import type { Change, ImageBox, Modifiers, Target, ToolHost, XY } from "./tool.ts";

/** What becomes of the area that a gesture has drawn. */
export type AreaMode = "new" | "add" | "subtract";

/** Shift held when a gesture starts adds to what is there, Alt takes off from it (as in QuPath). */
export function modeOf({ shift, alt }: Modifiers): AreaMode {
  return alt ? "subtract" : shift ? "add" : "new";
}

/** What the status bar says about a gesture with this mode, before the tool's own words. */
export const MODE_HINT: { readonly [Mode in AreaMode]: string } = {
  new: "",
  add: "Adds to the selected or touched area · ",
  subtract: "Cuts from the selected or touched areas · ",
};

/**
 * Ends a gesture that drew an area: makes it an annotation, adds it to one, or takes it off those it touches, in one
 * step of undo. With "Overwrite empty only", what other areas of the layer cover is left out. What would leave
 * nothing, or nothing new, does nothing; who is cut away altogether is removed. Returns the ids of what was added or
 * grew; none where nothing was done.
 * @param from where the gesture began: the area there is meant, of several that are touched
 */
export function finishArea(
  host: ToolHost,
  geometry: Geometry,
  mode: AreaMode,
  from: XY | null = null,
): readonly string[] {
  try {
    return finish(host, geometry, mode, from);
  } catch (error) {
    // A shape with more corners than can be stored, or none that can be: nothing is written.
    if (error instanceof ShapeError) return [];
    throw error;
  }
}

function finish(host: ToolHost, geometry: Geometry, mode: AreaMode, from: XY | null): readonly string[] {
  const drawn = tidy(geometry);
  if (!drawn) return [];
  if (mode === "subtract") return cut(host, drawn);
  const target = mode === "add" ? growing(host, drawn, from) : null;
  if (!target) {
    const left = host.emptyOnly()
      ? subtractNeighbours(drawn, neighboursOf(host, boundsOf(drawn), null))
      : drawn;
    return left ? host.apply({ add: [{ geometry: left }] }) : [];
  }
  if (!host.mayChange([target])) return [];
  const left = host.emptyOnly()
    ? subtractNeighbours(drawn, neighboursOf(host, boundsOf(drawn), target))
    : drawn;
  const grown = left && unite(target.annotation.geometry, left);
  if (!grown) return [];
  host.apply({ reshape: [{ target, geometry: grown }] });
  return [target.annotation.id];
}

function cut(host: ToolHost, drawn: Geometry): readonly string[] {
  const touched = cuttable(host, boundsOf(drawn)).filter(
    ({ annotation }) => intersect(annotation.geometry, drawn) !== null,
  );
  if (touched.length === 0 || !host.mayChange(touched)) return [];
  const reshape: { target: Target; geometry: Geometry }[] = [];
  const remove: Target[] = [];
  for (const target of touched) {
    const left = subtract(target.annotation.geometry, drawn);
    if (left) reshape.push({ target, geometry: left });
    else remove.push(target);
  }
  host.apply({
    ...(reshape.length > 0 && { reshape }),
    ...(remove.length > 0 && { remove }),
  } satisfies Change);
  return reshape.map(({ target }) => target.annotation.id);
}

/** The selected area that is touched, or the only one selected; else what is touched, where the gesture began first. */
function growing(host: ToolHost, drawn: Geometry, from: XY | null): Target | null {
  const selected = selectedAreas(host);
  const touches = ({ annotation }: Target) => intersect(annotation.geometry, drawn) !== null;
  const chosen = selected.find(touches) ?? (selected.length === 1 ? selected[0] : undefined);
  if (chosen) return chosen;
  const there = from ? host.hits(from, 0).filter(({ annotation }) => isArea(annotation.geometry)) : [];
  return there[0] ?? areasWithin(host, boundsOf(drawn)).find(touches) ?? null;
}

/** Areas that an eraser may cut there: those selected if any is, else all of the active layer that are not locked. */
export function cuttable(host: ToolHost, box: ImageBox): Target[] {
  const selected = selectedAreas(host);
  if (selected.length > 0) return selected.filter(({ annotation }) => meets(annotation.bounds, box));
  const active = host.activeLayerId();
  return areasWithin(host, box).filter(({ layerId, annotation }) => layerId === active && !annotation.locked);
}

/** Selected areas on this plane. */
export function selectedAreas(host: ToolHost): Target[] {
  const plane = host.plane();
  return [...host.selection()].flatMap((id) => {
    const target = host.target(id);
    if (!target) return [];
    const { geometry } = target.annotation;
    return isArea(geometry) && onPlane(geometry, plane) ? [target] : [];
  });
}

/** For "Overwrite empty only": the areas of the layer that is drawn on, but for the one that grows. */
export function neighboursOf(host: ToolHost, box: ImageBox, growing: Target | null): Geometry[] {
  const layerId = growing?.layerId ?? host.activeLayerId();
  return areasWithin(host, box)
    .filter((other) => other.layerId === layerId && other.annotation.id !== growing?.annotation.id)
    .map(({ annotation }) => annotation.geometry);
}

function areasWithin(host: ToolHost, box: ImageBox): Target[] {
  return host.within(box).filter(({ annotation }) => isArea(annotation.geometry));
}

function meets(a: ImageBox, b: ImageBox): boolean {
  return a.minX <= b.maxX && a.maxX >= b.minX && a.minY <= b.maxY && a.maxY >= b.minY;
}

/** An outline that crosses itself becomes one that does not; what is sound stays as it was drawn. */
function tidy(geometry: Geometry): Geometry | null {
  if (geometry.kind !== "polygon" || !crosses(geometry.parts)) return geometry;
  return clean(geometry);
}

/** Beyond this many corners, asking costs more than cleaning. */
const FEW = 256;

/** Whether a single ring crosses or touches itself; of anything more it is not known. */
function crosses(parts: readonly (readonly (readonly number[])[])[]): boolean {
  const ring = parts.length === 1 && parts[0]!.length === 1 ? parts[0]![0]! : null;
  if (!ring || ring.length > 2 * FEW) return true;
  const n = ring.length / 2;
  const at = (i: number): XY => ({ x: ring[2 * (i % n)]!, y: ring[2 * (i % n) + 1]! });
  for (let i = 0; i < n; i++) {
    for (let j = i + 2; j < n; j++) {
      if (i === 0 && j === n - 1) continue;
      if (meet(at(i), at(i + 1), at(j), at(j + 1))) return true;
    }
  }
  return false;
}

function side(a: XY, b: XY, p: XY): number {
  return Math.sign((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x));
}

function meet(a: XY, b: XY, c: XY, d: XY): boolean {
  return side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0;
}
