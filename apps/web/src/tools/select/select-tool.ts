import { translateGeometry } from "@coscope/annotations/geometry";
import type { Handle, Modifiers, Target, Tool, ToolHost, ToolPointer, XY } from "../tool.ts";
import { boxBetween, CLICK_TOLERANCE_CSS, distanceCss } from "../tool.ts";
import { dragHandle, handlesOf, removeVertex } from "./handles.ts";

/** How near the pointer must be to a handle, CSS px. */
const HANDLE_TOLERANCE_CSS = 8;

/** More than this many outlines are not drawn one by one while they are dragged. */
const MAX_PREVIEWS = 200;

type Gesture =
  | { readonly kind: "idle" }
  /** Pressed, not moved yet: will be a click, a marquee or a drag. */
  | { readonly kind: "pressed"; readonly at: ToolPointer; readonly hit: Target | null }
  | { readonly kind: "marquee"; readonly from: XY; readonly keep: ReadonlySet<string> }
  | { readonly kind: "move"; readonly from: XY; readonly targets: readonly Target[]; dx: number; dy: number }
  | {
      readonly kind: "handle";
      readonly target: Target;
      readonly handle: Handle;
      readonly from: XY;
      moved: boolean;
    };

const IDLE: Gesture = { kind: "idle" };

/** Click, Shift-click and marquee select; a drag moves; handles of the one selected annotation reshape it. */
export function createSelectTool(host: ToolHost): Tool {
  let gesture: Gesture = IDLE;
  let shown: readonly Handle[] = [];
  let hovered: Handle | null = null;
  /** The vertex last clicked: Delete removes it rather than the annotation. */
  let picked: { id: string; handle: string } | null = null;

  function onlySelected(): Target | null {
    const selection = host.selection();
    const [id] = selection;
    return selection.size === 1 && id !== undefined ? host.target(id) : null;
  }

  function handleAt(screen: XY): Handle | null {
    let nearest: Handle | null = null;
    let best = HANDLE_TOLERANCE_CSS;
    for (const handle of shown) {
      const away = distanceCss(host.toScreen(handle), screen);
      // A vertex wins over a mid handle at the same distance.
      if (away < best || (away === best && handle.kind !== "mid")) {
        nearest = handle;
        best = away;
      }
    }
    return nearest;
  }

  function showHandles(): void {
    const target = gesture.kind === "move" || gesture.kind === "handle" ? null : onlySelected();
    shown = target ? handlesOf(target.annotation.geometry, host.toScreen, host.zoom()) : [];
    host.handles(shown);
  }

  function reset(): boolean {
    const was = gesture.kind !== "idle";
    gesture = IDLE;
    host.marquee(null);
    host.preview([]);
    return was;
  }

  function press(event: ToolPointer): void {
    event.capture();
    const target = onlySelected();
    const handle = target && handleAt(event.screen);
    if (target && handle) {
      if (!host.mayChange([target])) return;
      gesture = { kind: "handle", target, handle, from: event.screen, moved: false };
      return;
    }
    picked = null;
    gesture = { kind: "pressed", at: event, hit: host.hits(event.image, CLICK_TOLERANCE_CSS)[0] ?? null };
  }

  function drag(event: ToolPointer): void {
    if (gesture.kind === "pressed") {
      if (distanceCss(gesture.at.screen, event.screen) <= CLICK_TOLERANCE_CSS) return;
      startDrag(gesture.at, gesture.hit);
    }
    if (gesture.kind === "marquee") host.marquee(boxBetween(gesture.from, event.image));
    if (gesture.kind === "move") {
      let dx = event.image.x - gesture.from.x;
      let dy = event.image.y - gesture.from.y;
      if (event.shift && Math.abs(dx) > Math.abs(dy)) dy = 0;
      else if (event.shift) dx = 0;
      gesture.dx = dx;
      gesture.dy = dy;
      host.preview(
        gesture.targets.slice(0, MAX_PREVIEWS).map(({ layerId, annotation }) => ({
          geometry: translateGeometry(annotation.geometry, dx, dy),
          layerId,
          classId: annotation.classId,
          id: annotation.id,
        })),
      );
    }
    if (gesture.kind === "handle") {
      if (!gesture.moved && distanceCss(gesture.from, event.screen) <= CLICK_TOLERANCE_CSS) return;
      gesture.moved = true;
      const { target, handle } = gesture;
      const geometry = dragHandle(target.annotation.geometry, handle.id, event.image, event.shift);
      const { layerId, annotation } = target;
      host.preview([{ geometry, layerId, classId: annotation.classId, id: annotation.id }]);
    }
  }

  function startDrag(at: ToolPointer, hit: Target | null): void {
    if (!hit || at.ctrl) {
      gesture = { kind: "marquee", from: at.image, keep: at.shift ? host.selection() : new Set() };
      return;
    }
    if (!host.selection().has(hit.annotation.id)) host.select([hit.annotation.id]);
    const targets = [...host.selection()].map(host.target).filter((target) => target !== null);
    gesture = host.mayChange(targets) ? { kind: "move", from: at.image, targets, dx: 0, dy: 0 } : IDLE;
    showHandles();
  }

  function release(event: ToolPointer): void {
    drag(event);
    const ended = gesture;
    reset();
    switch (ended.kind) {
      case "pressed":
        click(ended.at, ended.hit);
        break;
      case "marquee": {
        const ids = host.inside(boxBetween(ended.from, event.image)).map(({ annotation }) => annotation.id);
        host.select([...new Set([...ended.keep, ...ids])]);
        break;
      }
      case "move":
        if (ended.dx !== 0 || ended.dy !== 0) host.move(ended.targets, ended.dx, ended.dy);
        break;
      case "handle":
        releaseHandle(ended.target, ended.handle, ended.moved, event);
        break;
    }
  }

  function releaseHandle(target: Target, handle: Handle, moved: boolean, event: ToolPointer): void {
    const { geometry, id } = target.annotation;
    if (moved) {
      host.reshape(target, dragHandle(geometry, handle.id, event.image, event.shift));
    } else if (event.alt) {
      const without = removeVertex(geometry, handle.id);
      if (without) host.reshape(target, without);
    } else if (handle.kind === "mid") {
      host.reshape(target, dragHandle(geometry, handle.id, handle, false));
      picked = { id, handle: vertexAfter(handle.id) };
    } else if (handle.kind === "vertex") {
      picked = { id, handle: handle.id };
    }
  }

  function click(at: ToolPointer, hit: Target | null): void {
    const selection = host.selection();
    if (!hit) {
      if (!at.shift) host.select([]);
      return;
    }
    const { id } = hit.annotation;
    if (!at.shift) host.select([id]);
    else if (selection.has(id)) host.select([...selection].filter((other) => other !== id));
    else host.select([...selection, id]);
  }

  function refresh(modifiers: Modifiers): void {
    if (picked && !host.selection().has(picked.id)) picked = null;
    showHandles();
    host.cursor(cursorFor(gesture, hovered));
    host.hint(hintFor(gesture, hovered, picked !== null, host.selection().size, modifiers));
  }

  return {
    id: "select",
    pointer(event) {
      if (event.type === "down") press(event);
      else if (event.type === "move") drag(event);
      else if (event.type === "up") release(event);
      else if (event.type === "cancel") reset();
      hovered = event.type === "leave" || gesture.kind !== "idle" ? null : handleAt(event.screen);
      // Hovering is frequent; the handles themselves stay.
      if (event.type === "hover") {
        host.cursor(cursorFor(gesture, hovered));
        host.hint(hintFor(gesture, hovered, picked !== null, host.selection().size, event));
      } else refresh(event);
    },
    key(key, modifiers) {
      if ((key !== "Delete" && key !== "Backspace") || !picked) return false;
      const target = host.target(picked.id);
      const without = target && removeVertex(target.annotation.geometry, picked.handle);
      picked = null;
      if (!target || !without || !host.selection().has(target.annotation.id)) return false;
      if (host.mayChange([target])) host.reshape(target, without);
      refresh(modifiers);
      return true;
    },
    refresh,
    cancel: reset,
    busy: () => gesture.kind === "move" || gesture.kind === "handle" || gesture.kind === "marquee",
  };
}

/** The vertex that a mid handle becomes. */
function vertexAfter(midId: string): string {
  const [, part, ring, before] = midId.split(".");
  return `v.${part}.${ring}.${Number(before) + 1}`;
}

function cursorFor(gesture: Gesture, hovered: Handle | null): string {
  if (gesture.kind === "move") return "move";
  if (gesture.kind === "handle") return "grabbing";
  if (!hovered) return "default";
  return hovered.kind === "mid" ? "copy" : hovered.kind === "rotate" ? "alias" : "grab";
}

function hintFor(
  gesture: Gesture,
  hovered: Handle | null,
  vertexPicked: boolean,
  selected: number,
  modifiers: Modifiers,
): string {
  if (gesture.kind === "move") return "Release to move here · Shift: straight · Esc: put back";
  if (gesture.kind === "handle" && gesture.handle.kind === "rotate") {
    return "Release to keep · Shift: steps of 15° · Esc: put back";
  }
  if (gesture.kind === "handle" && gesture.handle.kind === "corner") {
    return "Release to keep · Shift: same proportions · Esc: put back";
  }
  if (gesture.kind === "handle") return "Release to keep the new outline · Esc: put back";
  if (gesture.kind === "marquee") return "Release to select what lies inside";
  if (hovered?.kind === "mid") return "Click to add a corner, or drag it out";
  if (hovered?.kind === "vertex") {
    return modifiers.alt ? "Click to remove this corner" : "Drag to move this corner · Alt-click: remove it";
  }
  if (hovered?.kind === "rotate") return "Drag to turn";
  if (hovered?.kind === "corner") return "Drag to resize · Shift: same proportions";
  if (vertexPicked) return "Delete: remove this corner · Esc: deselect";
  if (modifiers.shift) return "Click: add to the selection or take out of it";
  if (selected > 0) return "Drag to move · Shift-click: select more · Delete: remove";
  return "Click to select · Drag across the image to select several · Space: move the image";
}
