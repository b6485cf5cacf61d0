import type { AnnotationId, AnnotationSnapshot } from "@coscope/annotations";
import type { CameraState, ChannelSettings, Viewer } from "@coscope/viewer";
import type { ImageSource } from "@coscope/viewer/source";
import type { Prompting } from "../state/prompting.ts";
import type { ClassRow, ImageRow, User } from "../state/rows.ts";
import type { Store, WritableStore } from "../state/store.ts";
import type {
  AnnotationStyle,
  AutoPercent,
  ColorBy,
  OpenState,
  Paint,
  PlaneState,
  PointerReadout,
  ToolId,
} from "../state/workspace.ts";
import type { Measured, Target } from "../tools/tool.ts";
import type { CanvasTools } from "./canvas-control.ts";
import type { Edits } from "./edits.ts";
import type { Follow } from "./follow.ts";
import type { ViewSize } from "./follow-camera.ts";
import type { ImageLabels } from "./image-labels.ts";
import type { Layers } from "./layers.ts";
import type { LinkedViews } from "./linked-view.ts";
import type { Notices } from "./notices.ts";
import type { People } from "./people.ts";
import type { PresenceHub } from "./presence-hub.ts";
import type { LiveSocket } from "./socket.ts";

/** The parts of a workspace that its mounted canvas works with. */
export interface Engine {
  readonly stores: EngineStores;
  readonly labels: ImageLabels;
  readonly layers: Layers;
  readonly hub: PresenceHub;
  readonly people: People;
  readonly follow: Follow;
  readonly edits: Edits;
  readonly notices: Notices;
  readonly link: LinkedViews;
  readonly socket: LiveSocket;
  classOf(id: string | null): ClassRow | undefined;
  selectionTargets(): readonly Target[];
  announce(text: string): void;
  onIdleChange(callback: () => void): () => void;
  /** False, and the person is told why. Replaced by the mounted canvas's own. */
  mayChange(targets: readonly Target[]): boolean;
  /** False, and the person is told why, when nothing can be added to the active layer. */
  mayDraw(): boolean;
  /** Set while a canvas is mounted. */
  viewer: Viewer | null;
  tools: CanvasTools | null;
  size: () => ViewSize;
}

export interface WantedView {
  readonly camera: CameraState | null;
  readonly plane: PlaneState;
  /** null: as the image itself says, or as its pixels suggest */
  readonly channels: readonly ChannelSettings[] | null;
}

export interface EngineStores {
  readonly user: WritableStore<User>;
  readonly image: Store<ImageRow>;
  readonly classes: Store<readonly ClassRow[]>;
  readonly source: WritableStore<ImageSource | null>;
  readonly openState: WritableStore<OpenState>;
  readonly camera: WritableStore<CameraState>;
  readonly plane: WritableStore<PlaneState>;
  readonly projecting: WritableStore<number | null>;
  readonly channels: WritableStore<readonly ChannelSettings[]>;
  readonly autoPercent: WritableStore<AutoPercent>;
  readonly pointer: WritableStore<PointerReadout | null>;
  readonly tool: WritableStore<ToolId>;
  readonly selection: WritableStore<ReadonlySet<AnnotationId>>;
  readonly selected: WritableStore<readonly AnnotationSnapshot[]>;
  readonly activeClassId: WritableStore<string | null>;
  readonly style: WritableStore<AnnotationStyle>;
  readonly brushSize: WritableStore<number>;
  readonly emptyOnly: WritableStore<boolean>;
  readonly colorBy: WritableStore<ColorBy>;
  /** Set while something other than the class gives the colour. */
  readonly paint: WritableStore<Paint | null>;
  readonly broadcasting: WritableStore<boolean>;
  readonly hint: WritableStore<string>;
  readonly ruler: WritableStore<Measured | null>;
  readonly prompting: WritableStore<Prompting | null>;
  readonly announcement: WritableStore<string>;
}
