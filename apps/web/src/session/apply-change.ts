import {
  areaOf,
  type ClassId,
  checkGeometry,
  type Geometry,
  GeometryError,
  type LayerId,
  makeAdd,
  makeBrush,
  makeRemove,
  makeReshape,
  makeSetAttribute,
  newAnnotationId,
  type Outcome,
  PROVENANCE,
  quantizeGeometry,
  slicesOf,
} from "@coscope/annotations";
import type { Change, Target } from "../tools/tool.ts";
import type { Edits } from "./edits.ts";
import type { Layers } from "./layers.ts";
import type { Notices } from "./notices.ts";

export interface ApplyOptions {
  readonly layers: Layers;
  readonly edits: Edits;
  readonly notices: Notices;
  userId(): string;
  activeClassId(): ClassId | null;
  announce(text: string): void;
}

type Addition = NonNullable<Change["add"]>[number];
type Reshape = NonNullable<Change["reshape"]>[number];

/**
 * Carries out what a gesture or an action changes, as one step of undo. Never writes an invalid or empty shape: a
 * reshape that leaves nothing is a removal, a new one too small to keep is not made. Returns the ids of what was
 * added.
 */
export function createApply(options: ApplyOptions): (change: Change) => string[] {
  const { layers, edits, notices } = options;

  function reshape({ target, geometry, provenance }: Reshape, emptied: Target[]): void {
    const layer = layers.live(target.layerId);
    if (!layer) return;
    const fit = geometry && fitOf(geometry);
    const { annotation } = target;
    if (fit instanceof GeometryError) refuse(fit);
    else if (!geometry || fit === "empty") emptied.push(target);
    // The outline that was changed is no longer the newest: a colleague's must not vanish under it.
    else if (layer.get(annotation.id)?.stamps.geometry !== annotation.stamps.geometry)
      edits.offerCopy(layer, annotation, geometry);
    else if (edits.run(layer.id, makeReshape(annotation.id, geometry)) && provenance)
      edits.run(layer.id, makeSetAttribute([annotation.id], PROVENANCE, provenance));
  }

  function brush({ target, dabs, ...how }: NonNullable<Change["brush"]>[number]): void {
    const outcome = edits.run(target.layerId, makeBrush(target.annotation.id, dabs, how));
    if (outcome) tellBrush(target, outcome);
  }

  function tellBrush(target: Target, { left }: Outcome): void {
    if (left.length === 0) return;
    const isThere = layers.live(target.layerId)?.get(target.annotation.id) !== undefined;
    const text = isThere
      ? "This stroke cannot be kept: the shape would become too large or too detailed."
      : "A colleague has removed what you were painting on.";
    notices.say({ id: "stroke-left", tone: "warning", text });
  }

  function add(additions: readonly Addition[]): string[] {
    const made = new Map<LayerId, { id: string; one: Addition }[]>();
    for (const one of additions) {
      const layerId = one.layerId ?? layers.active.get();
      const fit = fitOf(one.geometry);
      if (fit instanceof GeometryError) refuse(fit);
      if (fit !== "fits" || layerId === null) continue;
      const list = made.get(layerId) ?? [];
      list.push({ id: newAnnotationId(), one });
      made.set(layerId, list);
    }
    const ids: string[] = [];
    for (const [layerId, list] of made) {
      const annotations = list.map(({ id, one: { layerId: _, classId, label, ...rest } }) => ({
        ...rest,
        id,
        classId: classId === undefined ? options.activeClassId() : classId,
        ...(label && { label }),
      }));
      for (const slice of slicesOf(annotations))
        if (edits.run(layerId, makeAdd({ author: options.userId(), annotations: slice })))
          for (const { id } of slice) ids.push(id);
    }
    const [first] = additions;
    if (ids.length > 0) {
      const text =
        ids.length === 1 ? `${NAMES[first!.geometry.kind]} added` : `${ids.length} annotations added`;
      options.announce(text);
    }
    return ids;
  }

  function refuse(error: GeometryError): void {
    notices.say({
      id: "bad-shape",
      tone: "warning",
      text: `This cannot be kept: expected ${error.expected}, got ${error.got}.`,
    });
  }

  return (change) =>
    edits.group(() => {
      const gone: Target[] = [...(change.remove ?? [])];
      for (const one of change.reshape ?? []) reshape(one, gone);
      for (const stroke of change.brush ?? []) brush(stroke);
      for (const [layerId, ids] of idsByLayer(gone)) edits.run(layerId, makeRemove(ids));
      return add(change.add ?? []);
    });
}

/** "empty": nothing is left of it that could be seen. A ring of no area beside others is a fault, no emptiness. */
function fitOf(geometry: Geometry): "fits" | "empty" | GeometryError {
  try {
    checkGeometry(geometry);
    return "fits";
  } catch (error) {
    if (!(error instanceof GeometryError)) throw error;
    const isNothing = error.code === "zero-area" || error.code === "too-few-vertices";
    return isNothing && areaOf(quantizeGeometry(geometry)) === 0 ? "empty" : error;
  }
}

const NAMES: Record<Geometry["kind"], string> = {
  point: "Point",
  polyline: "Line",
  rectangle: "Rectangle",
  ellipse: "Ellipse",
  polygon: "Polygon",
};

export function idsByLayer(targets: readonly Target[]): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const { layerId, annotation } of targets) {
    const ids = grouped.get(layerId);
    if (ids) ids.push(annotation.id);
    else grouped.set(layerId, [annotation.id]);
  }
  return grouped;
}
