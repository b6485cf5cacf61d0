import type { AnnotationId, AnnotationSnapshot } from "@coscope/annotations";
import type { CameraState, ChannelSettings } from "@coscope/viewer";
import type { ImageSource } from "@coscope/viewer/source";
import { BRUSH_CSS } from "../state/brush.ts";
import type { Prompting } from "../state/prompting.ts";
import type { User } from "../state/rows.ts";
import { recall } from "../state/scope.ts";
import { createStore } from "../state/store.ts";
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
import type { Measured } from "../tools/tool.ts";
import type { EngineStores } from "./engine.ts";
import type { Rows } from "./rows.ts";

/** Leaves a few dead and hot pixels out, and no structure. */
const DEFAULT_PERCENT: AutoPercent = { low: 0.1, high: 99.9 };
const DEFAULT_STYLE: AnnotationStyle = { hidden: false, fill: true, opacity: 1 };

/** The stores of one open image, with what this browser remembers in them. */
export function createStores(rows: Rows, user: User): EngineStores {
  const { projectId } = rows.image.get();
  return {
    user: createStore(user),
    image: rows.image,
    classes: rows.classes,
    source: createStore<ImageSource | null>(null),
    openState: createStore<OpenState>({ kind: "opening" }),
    camera: createStore<CameraState>({ cx: 0, cy: 0, zoom: 1, rotation: 0 }),
    plane: createStore<PlaneState>({ z: 0, t: 0 }),
    projecting: createStore<number | null>(null),
    channels: createStore<readonly ChannelSettings[]>([]),
    autoPercent: createStore<AutoPercent>(recall("autoPercent", isPercent) ?? DEFAULT_PERCENT),
    pointer: createStore<PointerReadout | null>(null),
    tool: createStore<ToolId>("select"),
    selection: createStore<ReadonlySet<AnnotationId>>(new Set()),
    selected: createStore<readonly AnnotationSnapshot[]>([]),
    activeClassId: createStore<string | null>(recall("activeClassId", isText, projectId)),
    style: createStore<AnnotationStyle>({ ...DEFAULT_STYLE, ...recall("style", isStyle), hidden: false }),
    colorBy: createStore<ColorBy>(recall("colorBy", isColorBy, projectId) ?? { kind: "class" }),
    paint: createStore<Paint | null>(null),
    brushSize: createStore(recall("brushSize", isBrushSize) ?? BRUSH_CSS.first),
    emptyOnly: createStore(recall("emptyOnly", isBoolean) ?? false),
    broadcasting: createStore(recall("broadcasting", isBoolean) ?? true),
    hint: createStore(""),
    ruler: createStore<Measured | null>(null),
    prompting: createStore<Prompting | null>(null),
    announcement: createStore(""),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isColorBy(value: unknown): value is ColorBy {
  const { kind, column } = (value ?? {}) as { kind?: unknown; column?: unknown };
  return kind === "class" || kind === "author" || (kind === "value" && typeof column === "string");
}

function isBrushSize(value: unknown): value is number {
  return typeof value === "number" && value >= BRUSH_CSS.least && value <= BRUSH_CSS.most;
}

function isPercent(value: unknown): value is AutoPercent {
  const { low, high } = (value ?? {}) as Partial<AutoPercent>;
  return typeof low === "number" && typeof high === "number" && low >= 0 && low < high && high <= 100;
}

function isStyle(value: unknown): value is AnnotationStyle {
  const style = value as Partial<AnnotationStyle> | null;
  return typeof style === "object" && typeof style?.fill === "boolean" && typeof style.opacity === "number";
}
