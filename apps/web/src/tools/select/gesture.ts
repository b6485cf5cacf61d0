import type { Geometry } from "@coscope/annotations/geometry";
import { transformGeometry } from "@coscope/annotations/transform";
import type { Handle, ImageBox, Target, ToolPointer, XY } from "../tool.ts";
import { dragBoxHandle } from "./box-handles.ts";
import { groupTransform } from "./group-handles.ts";
import { insertVertex, moveVertices } from "./vertices.ts";

export type Gesture =
  | { readonly kind: "idle" }
  /** Pressed, not moved yet: will be a click, a marquee or a drag. */
  | { readonly kind: "pressed"; readonly at: ToolPointer; readonly hits: readonly Target[] }
  | {
      readonly kind: "marquee";
      readonly from: ToolPointer;
      readonly keep: ReadonlySet<string>;
      touching: boolean;
    }
  | {
      readonly kind: "corners";
      readonly from: XY;
      readonly keep: ReadonlySet<string>;
      readonly target: Target;
    }
  | { readonly kind: "move"; readonly from: XY; readonly targets: readonly Target[]; dx: number; dy: number }
  | {
      readonly kind: "handle";
      readonly from: ToolPointer;
      readonly handle: Handle;
      readonly target: Target;
      moved: boolean;
    }
  | {
      readonly kind: "transform";
      readonly from: ToolPointer;
      readonly handle: Handle;
      readonly targets: readonly Target[];
      readonly box: ImageBox;
      moved: boolean;
    };

export const IDLE: Gesture = { kind: "idle" };

export type HandleGesture = Extract<Gesture, { kind: "handle" }>;

/** What turning or resizing up to this event makes of a geometry. */
export function transformed(
  { box, handle, from }: Extract<Gesture, { kind: "transform" }>,
  event: ToolPointer,
): (g: Geometry) => Geometry {
  const by = { dx: event.image.x - from.image.x, dy: event.image.y - from.image.y };
  const affine = groupTransform(box, handle, by, event.shift);
  return (geometry) => transformGeometry(geometry, affine);
}

/** What dragging a handle up to this event makes of a geometry. `picked`: corners that move with it if it is one of them. */
export function dragged({ handle }: HandleGesture, event: ToolPointer, picked: ReadonlySet<string>) {
  return (geometry: Geometry): Geometry => {
    if (handle.kind === "mid") return insertVertex(geometry, handle.id, event.image);
    if (handle.kind !== "vertex" && handle.kind !== "picked")
      return dragBoxHandle(geometry, handle.id, event.image, event.shift);
    return moveVertices(geometry, moving(handle, picked), event.image.x - handle.x, event.image.y - handle.y);
  };
}

/** The picked corners, where the one that is dragged is among them. */
export function moving(handle: Handle, picked: ReadonlySet<string>): ReadonlySet<string> {
  return picked.has(handle.id) ? picked : new Set([handle.id]);
}
