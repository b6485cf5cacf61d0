import type { AnnotationId, AnnotationSnapshot, ClassId, LayerId, QueryChange } from "@coscope/annotations";
import type { OutboxEntry } from "@coscope/annotations/outbox";
import type { CameraState, ChannelSettings } from "@coscope/viewer";
import type { ImageSource, SourceErrorCode } from "@coscope/viewer/source";
import type { ImportPort } from "../session/import-port.ts";
import type { Prompting } from "./prompting.ts";
import type { ClassAttribute, ClassRow, ImageRow, LayerRow, PresetRow, User, ViewRow } from "./rows.ts";
import type { SelectionActions } from "./selection-actions.ts";
import type { Store } from "./store.ts";

/** What the panels see of one open image. Implemented by `session/create-workspace.ts`; drawn by `panels/`. */

export type ToolId =
  | "select"
  | "pan"
  | "point"
  | "line"
  | "rectangle"
  | "ellipse"
  | "polygon"
  | "freehand"
  | "brush"
  | "eraser"
  | "wand"
  | "magnetic"
  | "split"
  | "prompt"
  | "ruler";

/** How safe the person's own work is. What was refused stays until it is dismissed, beside what becomes of the rest. */
export type SavedState =
  | WorkState
  | { readonly kind: "rejected"; readonly count: number; readonly reason: string; readonly rest: WorkState };

/** `queued`: changes of this tab that are not on the server. */
export type WorkState =
  | { readonly kind: "offline"; readonly why: OfflineReason; readonly queued: number }
  | { readonly kind: "sending"; readonly queued: number }
  /** Nothing of this tab: what other tabs, also closed ones, have not sent of this image and of other images. */
  | { readonly kind: "waiting"; readonly here: number; readonly elsewhere: number }
  | { readonly kind: "saved" };

/** The browser has no network, the server does not answer, or it no longer knows this person. */
export type OfflineReason = "network" | "server" | "signed-out";

export interface Person {
  /** The server's number for this tab in this image; 0 for oneself before the server said it. */
  readonly peerId: number;
  readonly user: User;
  readonly self: boolean;
  /** peerId of whom they follow, or 0. */
  readonly following: number;
  readonly broadcasting: boolean;
  readonly hasView: boolean;
  readonly idle: boolean;
}

export interface LayerView {
  readonly row: LayerRow;
  readonly hidden: boolean;
  readonly count: number;
  readonly state: "loading" | "ready" | "error";
}

export interface NoticeAction {
  readonly label: string;
  run(): void;
}

export interface Notice {
  readonly id: string;
  readonly tone: "info" | "warning" | "error";
  readonly text: string;
  readonly next?: NoticeAction;
  readonly secondary?: NoticeAction;
  /** Stays until dismissed; others go after a few seconds. */
  readonly sticky: boolean;
}

export type OpenState =
  | { readonly kind: "opening" }
  | { readonly kind: "ready" }
  | {
      readonly kind: "failed";
      readonly title: string;
      readonly text: string;
      readonly next: string;
      /** Why, where the image itself is the reason. */
      readonly code?: SourceErrorCode;
      /** The server reads it, and its key for that address is missing or wrong. */
      readonly needsKey?: boolean;
    };

export interface PlaneState {
  readonly z: number;
  readonly t: number;
  /** "max": of each pixel the greatest value of all z. */
  readonly projection?: "max" | null;
}

/** Depth or time being played, and how. */
export interface Playback {
  readonly axis: "z" | "t" | null;
  /** Planes a second, at most: a plane that is not there yet is waited for. */
  readonly rate: number;
  readonly loop: boolean;
}

/** Which share of what is visible Auto leaves black and full, percent. */
export interface AutoPercent {
  readonly low: number;
  readonly high: number;
}

/** A label image that came with the image. */
export interface ImageLabel {
  /** Its address. */
  readonly id: string;
  readonly name: string;
  readonly visible: boolean;
  /** 0 to 1 */
  readonly opacity: number;
  /** Only the outlines. */
  readonly outline: boolean;
  readonly state: "idle" | "loading" | "ready" | "error";
}

export interface PointerReadout {
  /** Image space, px of the full-resolution level. */
  readonly x: number;
  readonly y: number;
  /** One value a channel; null where no tile is loaded. */
  readonly values: readonly (number | null)[];
  /** The topmost label there, of those that are shown. */
  readonly label?: { readonly name: string; readonly value: number } | null;
}

/** Ends of the ruler, image px; `done` when neither is being dragged. */
export interface RulerLine {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  readonly done: boolean;
  /** A line that is drawn elsewhere: only its length is written. */
  readonly path?: readonly { readonly x: number; readonly y: number }[];
}

/** How annotations look for this person, on this computer. */
export interface AnnotationStyle {
  readonly hidden: boolean;
  readonly fill: boolean;
  /** 0 to 1 */
  readonly opacity: number;
}

/** What an attribute of a class may hold. */
export type AttributeValue = string | number | boolean;

export interface ClassChange {
  readonly name?: string;
  readonly color?: string;
  readonly description?: string;
  /** Index in the list, 0 first. */
  readonly position?: number;
  readonly ontologyIri?: string;
  readonly synonyms?: readonly string[];
  readonly attributes?: readonly ClassAttribute[];
}

/** All annotations of all layers, and what becomes of them. */
export interface AnnotationReader {
  all(): Iterable<{ readonly layerId: LayerId; readonly annotation: AnnotationSnapshot }>;
  get(id: AnnotationId): { readonly layerId: LayerId; readonly annotation: AnnotationSnapshot } | null;
  subscribe(callback: (layerId: LayerId, change: QueryChange) => void): () => void;
}

/** What gives annotations their colour on the canvas; "value" is an attribute or a column of the table by its id. */
export type ColorBy =
  | { readonly kind: "class" }
  | { readonly kind: "author" }
  | { readonly kind: "value"; readonly column: string };

/** The colour of an annotation, 0xRRGGBB, while something other than its class gives it. */
export type Paint = (annotation: AnnotationSnapshot) => number;

export interface Histogram {
  readonly counts: Uint32Array;
  readonly min: number;
  readonly max: number;
}

export interface WorkspaceActions extends SelectionActions {
  setTool(tool: ToolId): void;
  setActiveLayer(id: LayerId): void;
  setActiveClass(id: ClassId | null): void;
  addLayer(name: string): Promise<void>;
  renameLayer(id: LayerId, name: string): Promise<void>;
  setLayerLocked(id: LayerId, locked: boolean): Promise<void>;
  /** This person's own, remembered on this computer. */
  setLayerHidden(id: LayerId, hidden: boolean): void;
  deleteLayer(id: LayerId): Promise<void>;
  addClass(name: string, color: string): Promise<void>;
  updateClass(id: ClassId, change: ClassChange): Promise<void>;
  /** `reassign`: a class id, or "none" for Unclassified. Without it a class in use answers with the count and stays. */
  deleteClass(
    id: ClassId,
    reassign?: ClassId | "none",
  ): Promise<{ deleted: true } | { deleted: false; count: number }>;
  reclassSelection(classId: ClassId | null): void;
  relabel(id: AnnotationId, label: string): void;
  /** null takes the value away. One step of undo. */
  setAttribute(ids: readonly AnnotationId[], name: string, value: AttributeValue | null): void;
  setColorBy(colorBy: ColorBy): void;
  /** null: back to the colours of the classes. */
  setPaint(paint: Paint | null): void;
  removeSelection(): void;
  duplicateSelection(): void;
  selectAll(): void;
  select(ids: readonly AnnotationId[], add?: boolean): void;
  clearSelection(): void;
  undo(): void;
  redo(): void;
  setStyle(style: Partial<AnnotationStyle>): void;
  /** Diameter of the brush, CSS px. */
  setBrushSize(diameterCss: number): void;
  /** New area leaves alone what other areas of its layer cover. */
  setEmptyOnly(on: boolean): void;
  setChannels(settings: readonly ChannelSettings[]): void;
  autoContrast(channel: number): Promise<void>;
  setAutoPercent(percent: AutoPercent): void;
  setChannelVisible(channel: number, visible: boolean): void;
  /** Only this channel; again: all that were shown before. */
  soloChannel(channel: number): void;
  showChannels(visible: boolean): void;
  histogram(channel: number): Promise<Histogram>;
  setPlane(plane: PlaneState): void;
  setProjection(on: boolean): void;
  /** null pauses. At the end it begins anew. */
  play(axis: "z" | "t" | null): void;
  setPlayback(change: { readonly rate?: number; readonly loop?: boolean }): void;
  /** Degrees clockwise on screen. */
  rotateBy(degrees: number): void;
  setRotation(degrees: number): void;
  setFlip(flip: boolean): void;
  /** Neither rotated nor mirrored. */
  upright(): void;
  saveView(name: string): Promise<void>;
  renameView(id: string, name: string): Promise<void>;
  /** Puts what is on screen under the view's name. */
  updateView(id: string): Promise<void>;
  deleteView(id: string): Promise<void>;
  goToView(id: string): void;
  /** A link that opens the image at this view, copied to the clipboard where the browser allows it. */
  copyViewLink(id: string): string;
  savePreset(name: string): Promise<void>;
  renamePreset(id: string, name: string): Promise<void>;
  updatePreset(id: string): Promise<void>;
  deletePreset(id: string): Promise<void>;
  applyPreset(id: string): void;
  /** This person's own, remembered on this computer. */
  setLabel(id: string, change: Partial<Pick<ImageLabel, "visible" | "opacity" | "outline">>): void;
  /** The image before or after this one in its series or plate. */
  openNeighbour(by: 1 | -1): Promise<void>;
  /** Another image of the same series or plate. */
  openPlace(place: { readonly name: string; readonly path: string }): Promise<void>;
  home(): void;
  zoomBy(factor: number): void;
  /** CSS px; positive shows what lies further to the right and down. */
  panBy(dxCss: number, dyCss: number): void;
  /** Brings an annotation into view and selects it. */
  goTo(id: AnnotationId): void;
  /** Follows that person; null stops. Following the same person again stops too. */
  follow(peerId: number | null): void;
  setBroadcasting(on: boolean): void;
  setUser(change: { readonly name?: string; readonly color?: string }): Promise<void>;
  /** The link that restores this exact view, copied to the clipboard where the browser allows it. */
  copyLink(): string;
  /** Everything the server refused, as text, copied to the clipboard where the browser allows it. */
  copyRejected(): string;
  dismissRejected(): Promise<void>;
  dismissNotice(id: string): void;
  retryOpen(): void;
}

/** What keys do on the canvas itself; its meaning depends on the tool and on a gesture in progress. */
export interface CanvasControl {
  /** Ends the innermost thing: a gesture, the crosshair, following, the selection. */
  escape(): void;
  /** Shows the crosshair for a drawing tool; with it, presses there; in a polygon without it, closes. */
  enter(): void;
  /** Arrow keys: -1, 0 or 1 each. Moves the crosshair when it is shown, else the picture. */
  arrow(dx: number, dy: number): void;
  /** Moves the selection by a small step on the screen. */
  nudge(dx: number, dy: number): void;
  /** Takes back the last corner, removes the picked corner, or removes the selection. */
  remove(): void;
  /** Undo in the middle of a gesture: takes back its last corner, else all of it; false where there is none. */
  takeBack(): boolean;
  /** CSS px of the canvas, of a place in image px; null while no canvas is mounted. */
  toScreen(point: { readonly x: number; readonly y: number }): { x: number; y: number } | null;
  /** CSS px. */
  size(): { readonly width: number; readonly height: number };
  /** Keys that only some tools know; false where the tool in hand has no use for it now. */
  toolKey(key: "Tab" | "Next" | "Previous" | "Again"): boolean;
  /** Which modifier keys are held: hints and constraints follow at once. */
  modifiers(held: { readonly shift: boolean; readonly alt: boolean; readonly ctrl: boolean }): void;
}

export interface Workspace {
  readonly user: Store<User>;
  readonly image: Store<ImageRow>;
  readonly source: Store<ImageSource | null>;
  readonly openState: Store<OpenState>;
  readonly layers: Store<readonly LayerView[]>;
  readonly classes: Store<readonly ClassRow[]>;
  readonly annotations: AnnotationReader;
  /** Annotations of each class, of all layers; null is Unclassified. */
  readonly classCounts: Store<ReadonlyMap<ClassId | null, number>>;
  /** This person's own, remembered on this computer. */
  readonly colorBy: Store<ColorBy>;
  readonly activeLayerId: Store<LayerId | null>;
  readonly activeClassId: Store<ClassId | null>;
  readonly tool: Store<ToolId>;
  readonly selection: Store<ReadonlySet<AnnotationId>>;
  readonly selected: Store<readonly AnnotationSnapshot[]>;
  readonly style: Store<AnnotationStyle>;
  /** Diameter of the brush, CSS px. */
  readonly brushSize: Store<number>;
  /** "Overwrite empty only". */
  readonly emptyOnly: Store<boolean>;
  readonly camera: Store<CameraState>;
  readonly plane: Store<PlaneState>;
  /** How much of a projection has been read, from 0 to 1; null once it is shown. */
  readonly projecting: Store<number | null>;
  readonly channels: Store<readonly ChannelSettings[]>;
  readonly autoPercent: Store<AutoPercent>;
  readonly playback: Store<Playback>;
  /** null until they have been read. */
  readonly views: Store<readonly ViewRow[] | null>;
  readonly presets: Store<readonly PresetRow[]>;
  /** Label images that came with the image. */
  readonly labels: Store<readonly ImageLabel[]>;
  readonly pointer: Store<PointerReadout | null>;
  readonly people: Store<readonly Person[]>;
  /** peerId of the person being followed. */
  readonly following: Store<number | null>;
  readonly followers: Store<readonly Person[]>;
  readonly broadcasting: Store<boolean>;
  readonly saved: Store<SavedState>;
  readonly undo: Store<{ readonly canUndo: boolean; readonly canRedo: boolean }>;
  /** What the mouse would do now and which modifiers change it. */
  readonly hint: Store<string>;
  /** The length being measured. */
  readonly ruler: Store<RulerLine | null>;
  /** The tool that outlines what is clicked, once it has been in hand. */
  readonly prompting: Store<Prompting | null>;
  /** Said to screen readers; `canvas/CanvasView.tsx` holds the live region. */
  readonly announcement: Store<string>;
  readonly notices: Store<readonly Notice[]>;
  readonly rejected: Store<readonly OutboxEntry[]>;
  /** For `interchange/`: files of annotations that come in and go out. */
  readonly importing: ImportPort;
  readonly actions: WorkspaceActions;
  readonly canvas: CanvasControl;
  /** Puts the viewer into an element; the returned function takes it out again. */
  mount(canvas: HTMLElement, minimap?: HTMLElement, scaleBar?: HTMLElement): () => void;
  destroy(): void;
}
