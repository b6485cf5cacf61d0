import type { AnnotationSnapshot, ClassId, Geometry, LayerId, Provenance } from "@coscope/annotations";
import type { Dab } from "@coscope/annotations/shapes";
import type { ViewPixels } from "@coscope/viewer";
import type { ToolId } from "../state/workspace.ts";
import type { OutliningHost } from "./prompt/outlining-host.ts";

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
  /** Of a pen: how hard it presses, 0 to 1. */
  readonly pressure?: number;
  /** Of a "move": every place since the last event, this one at the end. Without it, this one. */
  trail?(): readonly TrailPoint[];
  /** Claims the gesture: the picture will not pan under it. */
  capture(): void;
}

export interface TrailPoint {
  readonly image: XY;
  readonly screen: XY;
  readonly pressure?: number;
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
  readonly kind: "vertex" | "picked" | "mid" | "corner" | "move" | "rotate";
}

/** What a gesture would make if it ended now. Drawn here as a draft, for colleagues as a ghost. */
export interface Preview {
  readonly geometry: Geometry;
  readonly layerId: LayerId;
  readonly classId: ClassId | null;
  /** The annotation being changed, on which others' tools then do not start. */
  readonly id?: string;
  /** Colleagues are not shown it. */
  readonly own?: boolean;
}

/** A stroke of brush or eraser: shown joined with what it changes, or cut out of it. */
export interface StrokePreview {
  readonly targets: readonly Target[];
  readonly swept: Geometry | null;
  /** What colleagues see of it: few vertices. */
  readonly ghost: Geometry | null;
  readonly mode: "add" | "erase";
  readonly layerId: LayerId;
  readonly classId: ClassId | null;
}

/** The brush's rim around the pointer, CSS px of the canvas. */
export interface BrushCircle {
  readonly at: XY;
  readonly radius: number;
  readonly erases: boolean;
}

/** A length being measured, image px; `done` when it is not dragged any more. */
export interface Measured {
  readonly from: XY;
  readonly to: XY;
  readonly done: boolean;
  /** All of a line of several pieces. It is drawn elsewhere: only its length is to be written at `to`. */
  readonly path?: readonly XY[];
}

/** What one gesture changes: one step of undo. */
export interface Change {
  /** In the active layer and class unless it says so. */
  readonly add?: readonly {
    readonly geometry: Geometry;
    readonly classId?: ClassId | null;
    readonly label?: string;
    readonly layerId?: LayerId;
    readonly provenance?: Provenance;
    readonly attributes?: AnnotationSnapshot["attributes"];
  }[];
  /** `geometry` null, or a shape without an area: it is removed. `provenance`: how the new outline came to be. */
  readonly reshape?: readonly {
    readonly target: Target;
    readonly geometry: Geometry | null;
    readonly provenance?: Provenance;
  }[];
  /** Strokes are relative: a colleague's at the same moment counts too. */
  readonly brush?: readonly {
    readonly target: Target;
    readonly dabs: readonly Dab[];
    readonly mode: "add" | "erase";
    /** Shapes within reach that the brush does not enter. */
    readonly avoid?: readonly Geometry[];
  }[];
  readonly remove?: readonly Target[];
}

/** Everything a tool can see and do. Implemented by `session/tool-host.ts`. */
export interface ToolHost {
  /** CSS px per image px */
  zoom(): number;
  plane(): { readonly z: number; readonly t: number };
  toScreen(point: XY): XY;
  /** The axis-aligned part of the image that covers the canvas. */
  visible(): ImageBox;
  /** The visible channels of a part of the image as they are shown, at the resolution of the zoom. */
  readView(part: ImageBox, options?: { readonly signal?: AbortSignal }): Promise<ViewPixels | null>;
  /** Topmost first. `toleranceCss`: how far beside an outline still counts, CSS px. */
  hits(image: XY, toleranceCss: number): readonly Target[];
  /** Annotations lying completely inside. */
  inside(box: ImageBox): readonly Target[];
  /** Annotations whose bounds meet the box, on this plane, in layers that are shown. */
  within(box: ImageBox): readonly Target[];
  target(id: string): Target | null;
  selection(): ReadonlySet<string>;
  select(ids: readonly string[]): void;
  /** False, and the person is told why, when the active layer is missing, locked or hidden. */
  mayDraw(): boolean;
  /**
   * False, and the person is told why, when a layer is locked or somebody else is changing one of them. `together`:
   * for strokes of a brush, which add up with those of others.
   */
  mayChange(targets: readonly Target[], how?: { readonly together?: boolean }): boolean;
  activeLayerId(): LayerId | null;
  activeClassId(): ClassId | null;
  add(geometry: Geometry): void;
  reshape(target: Target, geometry: Geometry): void;
  /** Never writes an invalid or empty shape. Returns the ids of what was added. */
  apply(change: Change): readonly string[];
  move(targets: readonly Target[], dx: number, dy: number): void;
  preview(items: readonly Preview[]): void;
  stroke(stroke: StrokePreview | null): void;
  brushCircle(circle: BrushCircle | null): void;
  /** Diameter of the brush, CSS px. */
  brushSize(): number;
  /** "Overwrite empty only": new area does not cover what other areas of its layer cover. */
  emptyOnly(): boolean;
  /** Calls back before the next picture; the returned function takes it back. */
  nextFrame(callback: () => void): () => void;
  marquee(box: ImageBox | null): void;
  /** @param frame a dashed box around what they change together */
  handles(handles: readonly Handle[], frame?: ImageBox | null): void;
  /** Draws the ruler, or writes a line's length, for this person alone. */
  measure(line: Measured | null): void;
  /** The length of a line in words, µm where the image has them. */
  lengthText(points: readonly XY[]): string;
  /** Tells the person why something was not done. */
  say(text: string): void;
  /** For the tool that outlines from prompts. */
  outlining(): OutliningHost;
  cursor(css: string): void;
  hint(text: string): void;
}

/** Gesture in, command out. A tool keeps the state of its own gesture and nothing else. */
export interface Tool {
  readonly id: ToolId;
  pointer(event: ToolPointer): void;
  /** True when the key meant something in the tool's present state. */
  key(key: ToolKey, modifiers: Modifiers): boolean;
  /** Shift+arrow, in steps of -1, 0 or 1: true when it moved something smaller than the selection. */
  nudge?(dx: number, dy: number): boolean;
  /** The right button: true when it meant something to the tool, and opens no menu. */
  secondary?(event: ToolPointer): boolean;
  /** Something it may show changed: the selection, an annotation, the camera, the plane, a held modifier. */
  refresh(modifiers: Modifiers): void;
  /** Ends a gesture without a result. True when there was one. */
  cancel(): boolean;
  /** In the middle of a gesture: nobody may move the view or the plane away. */
  busy(): boolean;
}

/** `Next` and `Previous` go through suggestions, `Again` ends this object and goes on to another. */
export type ToolKey = "Enter" | "Backspace" | "Delete" | "Escape" | "Tab" | "Next" | "Previous" | "Again";

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
