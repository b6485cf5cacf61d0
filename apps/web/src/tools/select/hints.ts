import { MOST_TRANSFORMED } from "../../state/selection-actions.ts";
import type { Handle, Modifiers } from "../tool.ts";

export type GestureKind = "idle" | "pressed" | "marquee" | "corners" | "move" | "handle" | "transform";

export interface HintState {
  readonly gesture: GestureKind;
  /** The handle being dragged, or under the pointer. */
  readonly handle: Handle | null;
  readonly picked: number;
  readonly selected: number;
  /** One polygon or line is selected: its corners can be changed. */
  readonly corners: boolean;
  /** The one selected is. */
  readonly locked: boolean;
  /** A marquee drawn towards the left takes what it touches. */
  readonly touching: boolean;
}

export function cursorFor({ gesture, handle }: HintState): string {
  if (gesture === "move") return "move";
  if (gesture === "handle" || gesture === "transform") return "grabbing";
  if (gesture !== "idle" || !handle) return "default";
  return handle.kind === "mid" ? "copy" : handle.kind === "rotate" ? "alias" : "grab";
}

/** What the mouse would do now, and which keys change it. */
export function hintFor(state: HintState, modifiers: Modifiers): string {
  return state.gesture === "idle" || state.gesture === "pressed"
    ? (overHandle(state, modifiers) ?? idle(state, modifiers))
    : during(state);
}

function during({ gesture, handle, touching }: HintState): string {
  switch (gesture) {
    case "move":
      return "Release to move here · Shift: straight · Esc: put back";
    case "corners":
      return "Release to pick the corners inside";
    case "marquee":
      return touching
        ? "Release to select what it touches · To the right: only what lies inside"
        : "Release to select what lies inside · To the left: what it touches";
    default:
      if (handle?.kind === "rotate") return "Release to keep · Shift: steps of 15° · Esc: put back";
      if (handle?.kind === "corner") return "Release to keep · Shift: same proportions · Esc: put back";
      return "Release to keep the new outline · Esc: put back";
  }
}

function overHandle({ handle, picked }: HintState, { alt, shift }: Modifiers): string | null {
  switch (handle?.kind) {
    case "mid":
      return "Click to add a corner, or drag it out";
    case "vertex":
    case "picked":
      if (alt) return "Click to remove this corner";
      if (shift) return "Click to pick this corner too, or let go of it";
      if (handle.kind === "picked" && picked > 1)
        return `Drag to move ${picked} corners · Delete: remove them`;
      return "Drag to move this corner · Shift-click: pick several · Alt-click: remove";
    case "rotate":
      return "Drag to turn · Shift: steps of 15°";
    case "corner":
      return "Drag to resize · Shift: same proportions";
    default:
      return null;
  }
}

function idle({ picked, selected, corners, locked }: HintState, { shift, ctrl }: Modifiers): string {
  if (ctrl) return corners ? "Drag a frame around corners to pick them" : "Drag a frame to select";
  if (picked > 0) {
    const what = picked === 1 ? "this corner" : `${picked} corners`;
    return `Delete: remove ${what} · Shift+arrows: move · Esc: let go`;
  }
  if (shift) return "Click: add to the selection or take out of it";
  if (locked) return "Locked: it stays as it is · Right-click: unlock";
  if (corners) return "Drag to move · Ctrl+drag: pick corners · Click again: what lies below";
  if (selected > MOST_TRANSFORMED)
    return `Drag to move · More than ${MOST_TRANSFORMED.toLocaleString("en")}: not turned or resized at once · Delete: remove`;
  if (selected > 0) return "Drag to move · Shift-click: select more · Delete: remove";
  return "Click to select · Drag across the image to select several · Space: move the image";
}
