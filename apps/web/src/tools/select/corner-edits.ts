import type { Geometry } from "@coscope/annotations/geometry";
import type { Target, ToolHost, ToolPointer } from "../tool.ts";
import { CLICK_TOLERANCE_CSS } from "../tool.ts";
import { boxHandles, dragBoxHandle } from "./box-handles.ts";
import { dragged, type HandleGesture, moving } from "./gesture.ts";
import type { Picks } from "./picked.ts";
import { whyUnsound } from "./sound.ts";
import { edgeNear, insertVertex, moveVertices, removeVertices, vertexAfter } from "./vertices.ts";

/** One step of Shift+arrow, CSS px. */
const NUDGE_CSS = 2;

/** Changes of one outline by its handles. What would not be sound is refused with a reason, and the outline stays. */
export function createCornerEdits(host: ToolHost, picks: Picks) {
  /** False, and the person is told why, where the outline would not be sound. */
  function reshape(target: Target, geometry: Geometry): boolean {
    const why = whyUnsound(target.annotation.geometry, geometry);
    if (why) {
      host.say(`${why} Nothing was changed.`);
      return false;
    }
    picks.during(() => host.reshape(target, geometry));
    return true;
  }

  function remove(target: Target, keys: ReadonlySet<string>): void {
    const without = removeVertices(target.annotation.geometry, keys);
    if (!without) {
      const least =
        target.annotation.geometry.kind === "polyline" ? "A line needs two" : "An area needs three";
      host.say(`${least} corners. Let go of them (Esc) to remove the whole annotation.`);
    } else if (reshape(target, without)) picks.clear();
  }

  function releaseHandle(ended: HandleGesture, event: ToolPointer) {
    const { target, handle, moved } = ended;
    const { geometry, id } = target.annotation;
    const isCorner = handle.kind === "vertex" || handle.kind === "picked";
    if (isCorner && event.alt && !moved) return remove(target, new Set([handle.id]));
    if (moved) {
      const keys = isCorner
        ? moving(handle, picks.keys)
        : new Set([handle.kind === "mid" ? vertexAfter(handle.id) : handle.id]);
      if (reshape(target, dragged(ended, event, picks.keys)(geometry)) && handle.kind !== "rotate")
        picks.set(id, keys);
    } else if (handle.kind === "mid") {
      if (reshape(target, insertVertex(geometry, handle.id, handle))) picks.set(id, [vertexAfter(handle.id)]);
    } else if (handle.kind !== "rotate") {
      const rest = [...picks.keys].filter((key) => key !== handle.id);
      const added = rest.length < picks.keys.size ? rest : [...rest, handle.id];
      picks.set(id, event.shift ? added : [handle.id]);
    }
  }

  /** A corner where there is no handle for it: in the middle of long or crowded edges. */
  function insertAt(target: Target, event: ToolPointer): void {
    const { geometry, id } = target.annotation;
    const key = edgeNear(geometry, event.image, CLICK_TOLERANCE_CSS / host.zoom());
    if (key === null || !host.mayChange([target])) return;
    if (reshape(target, insertVertex(geometry, key, event.image))) picks.set(id, [vertexAfter(key)]);
  }

  function nudge(target: Target, stepX: number, stepY: number): void {
    const px = NUDGE_CSS / host.zoom();
    const [dx, dy] = [stepX * px, stepY * px];
    const { geometry } = target.annotation;
    const [key] = picks.keys;
    const corner = boxHandles(geometry, host.zoom())?.find(({ id }) => id === key);
    if (corner)
      reshape(target, dragBoxHandle(geometry, corner.id, { x: corner.x + dx, y: corner.y + dy }, false));
    else reshape(target, moveVertices(geometry, picks.keys, dx, dy));
  }

  return { releaseHandle, remove, insertAt, nudge };
}
