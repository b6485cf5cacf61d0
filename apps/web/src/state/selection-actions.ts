import type { ClassId } from "@coscope/annotations";

/** `subtract`: the one selected first keeps what the others do not cover. */
export type Combination = "union" | "intersect" | "subtract";

export type OrderStep = "front" | "forward" | "backward" | "back";

export type PlaneAxis = "z" | "t";

/** More at once are neither turned nor resized, by handles or by keys: the page would be busy for long. */
export const MOST_TRANSFORMED = 5_000;

/** Vertices of the selection before and after a shape operation that is being tried out. */
export interface VertexCount {
  readonly before: number;
  readonly after: number;
}

/** What can be done with the selection, each one step of undo. What cannot be done says why and changes nothing. */
export interface SelectionActions {
  /** Everything of the active layer on every plane. */
  selectEverywhere(): void;
  /** Everything of this class on this plane, on visible layers. */
  selectClass(classId: ClassId | null): void;
  /** Everything of the classes of what is selected. */
  selectSameClass(): void;
  /** Everything of the active layer on this plane that is not selected, and nothing that is. */
  invertSelection(): void;
  /** To the system's clipboard as GeoJSON, and to this browser's own. */
  copySelection(): Promise<void>;
  cutSelection(): Promise<void>;
  /** Into the active layer, on this plane, at the same place. `text`: what the system's clipboard holds, where known. */
  pasteAnnotations(text?: string): Promise<void>;
  /** Copies to the depth or time point beside their own, and goes there. */
  copyToPlane(by: 1 | -1, axis: PlaneAxis): void;
  /** Fills the planes between selected shapes of different depth (or time). */
  interpolatePlanes(): Promise<void>;
  /** Every plane, or only the present one. */
  spanPlanes(axis: PlaneAxis, all: boolean): void;
  /** Advisory: everyone's tools then leave them alone, and anyone may unlock them. */
  setSelectionLocked(locked: boolean): void;
  orderSelection(step: OrderStep): void;
  /** Clockwise in the image, about the middle of the selection. */
  rotateSelection(degrees: number): Promise<void>;
  /** From the middle of the selection. */
  scaleSelection(factor: number): Promise<void>;
  combineSelection(how: Combination): Promise<void>;
  fillHoles(): Promise<void>;
  /** No vertex of the old outline is further than this from the new one, image px. */
  simplifySelection(tolerancePx: number): Promise<void>;
  /** Shows what `simplifySelection` or `expandSelection` would give, for this person alone. null: nothing to try. */
  tryShape(how: "simplify" | "expand", px: number): Promise<VertexCount | null>;
  /** Takes away what `tryShape` shows. */
  endTrying(): void;
  smoothSelection(): Promise<void>;
  /** Wider all round by `distancePx`, or narrower below 0. */
  expandSelection(distancePx: number): Promise<void>;
  /** Rectangles and ellipses become polygons, whose corners can be moved. */
  convertToPolygons(): Promise<void>;
}
