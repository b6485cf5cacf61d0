import type { AnnotationSnapshot, ClassId, Geometry, LayerId } from "@coscope/annotations";
import type { ToolId } from "../state/workspace.ts";

/** A point as tools see it: plain numbers, in image px or in CSS px of the canvas as the name says. */
export interface XY {
  readonly x: number;
  readonly y: number;
}

export interface ImageBox {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** Which keys are held. `ctrl` is Ctrl, or Command on a Mac. */
export interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
}

/**
 * A pointer event for a tool. Between `down` and `up` come `move`s, without a button `hover`s. `double` follows
 * the second `up`. The keyboard's crosshair sends the same events.
 */
export interface ToolPointer extends Modifiers {
  readonly type: "down" | "move" | "up" | "cancel" | "double" | "hover" | "leave";
  readonly image: XY;
  readonly screen: XY;
  /** Claims the gesture: the picture will not pan under it. */
  capture(): void;
}

/** An annotation a tool may act on. Ids and values only: what is behind them may change at any moment. */
export interface Target {
  readonly layerId: LayerId;
  readonly annotation: AnnotationSnapshot;
}

export interface Handle {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly kind: "vertex" | "mid" | "corner" | "move" | "rotate";
}

/** What a gesture would make if it ended now. Drawn here as a draft, for colleagues as a ghost. */
export interface Preview {
  readonly geometry: Geometry;
  readonly layerId: LayerId;
  readonly classId: ClassId | null;
  /** The annotation being changed, on which others' tools then do not start. */
  readonly id?: string;
}

/** A length being measured, image px; `done` when it is not dragged any more. */
export interface Measured {
  readonly from: XY;
  readonly to: XY;
  readonly done: boolean;
}

/** Everything a tool can see and do. Implemented by `session/tool-host.ts`. */
export interface ToolHost {
  /** CSS px per image px */
  zoom(): number;
  plane(): { readonly z: number; readonly t: number };
  toScreen(point: XY): XY;
  /** Topmost first. `toleranceCss`: how far beside an outline still counts, CSS px. */
  hits(image: XY, toleranceCss: number): readonly Target[];
  /** Annotations lying completely inside. */
  inside(box: ImageBox): readonly Target[];
  target(id: string): Target | null;
  selection(): ReadonlySet<string>;
  select(ids: readonly string[]): void;
  /** False, and the person is told why, when the active layer is missing, locked or hidden. */
  mayDraw(): boolean;
  /** False, and the person is told why, when a layer is locked or somebody else is changing one of them. */
  mayChange(targets: readonly Target[]): boolean;
  activeLayerId(): LayerId | null;
  activeClassId(): ClassId | null;
  add(geometry: Geometry): void;
  reshape(target: Target, geometry: Geometry): void;
  move(targets: readonly Target[], dx: number, dy: number): void;
  preview(items: readonly Preview[]): void;
  marquee(box: ImageBox | null): void;
  handles(handles: readonly Handle[]): void;
  /** Draws the ruler, for this person alone. */
  measure(line: Measured | null): void;
  cursor(css: string): void;
  hint(text: string): void;
}

/** Gesture in, command out. A tool keeps the state of its own gesture and nothing else. */
export interface Tool {
  readonly id: ToolId;
  pointer(event: ToolPointer): void;
  /** True when the key meant something in the tool's present state. */
  key(key: ToolKey, modifiers: Modifiers): boolean;
  /** Something it may show changed: the selection, an annotation, the camera, the plane, a held modifier. */
  refresh(modifiers: Modifiers): void;
  /** Ends a gesture without a result. True when there was one. */
  cancel(): boolean;
  /** In the middle of a gesture: nobody may move the view or the plane away. */
  busy(): boolean;
}

export type ToolKey = "Enter" | "Backspace" | "Delete" | "Escape";

/** A press that moves less than this many CSS px is a click; a hit may miss by as much. */
export const CLICK_TOLERANCE_CSS = 4;

export function distanceCss(a: XY, b: XY): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The second end of a line, turned to the nearest multiple of 45°. */
export function constrainAngle(from: XY, to: XY): XY {
  const angle = Math.round(Math.atan2(to.y - from.y, to.x - from.x) / (Math.PI / 4)) * (Math.PI / 4);
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return { x: from.x + Math.cos(angle) * length, y: from.y + Math.sin(angle) * length };
}

/** The second corner of a box, moved so that its sides are equal. */
export function constrainSquare(from: XY, to: XY): XY {
  const side = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
  return {
    x: from.x + (to.x < from.x ? -side : side),
    y: from.y + (to.y < from.y ? -side : side),
  };
}

export function boxBetween(a: XY, b: XY): ImageBox {
  return {
    minX: Math.min(a.x, b.x),
    minY: Math.min(a.y, b.y),
    maxX: Math.max(a.x, b.x),
    maxY: Math.max(a.y, b.y),
  };
}
