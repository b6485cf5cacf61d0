import { type CommandGroup, commandsList } from "../session/commands-list.ts";
import { BRUSH_STEP, hasSize } from "../state/brush.ts";
import type { Workspace } from "../state/workspace.ts";
import { outlineEverything } from "../tools/prompt/everything-command.ts";
import type { Chord } from "./chord.ts";
import { helpOpen } from "./help.ts";
import { lastTool } from "./last-tool.ts";
import { canvasMenuAt, paletteOpen } from "./palette-open.ts";
import { viewsOpen } from "./views-open.ts";

/**
 * - `canvas`: the canvas has focus, or nothing has
 * - `global`: anywhere but in a text field, a menu or a dialog
 * - `panel`, `dialog`: handled by the panels themselves; listed here so that nothing else takes the key
 */
export type KeyScope = "canvas" | "global" | "panel" | "dialog";

export type KeyGroup =
  | "Tools"
  | "Classes and channels"
  | "View"
  | "Depth and time"
  | "Edit"
  | CommandGroup
  | "Draw with the keyboard"
  | "Help";

export interface KeyBinding {
  readonly id: string;
  readonly keys: readonly Chord[];
  readonly scope: KeyScope;
  readonly label: string;
  readonly group: KeyGroup;
  /** Repeats while the key is held down. */
  readonly repeat?: boolean;
  /** The browser answers this key with an event of its own, which does the work: see `paste.ts`. */
  readonly native?: boolean;
  /** Where it says no, the browser keeps the key. */
  when?(workspace: Workspace): boolean;
  run(workspace: Workspace): void;
  /** The key came up; `heldMs` says after how long. */
  release?(workspace: Workspace, heldMs: number): void;
}

/** A key held longer than this was a peek and not a switch. */
const PEEK_MS = 350;
const ZOOM_STEP = 1.4;
/** Degrees. */
const TURN = 15;
const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

function binding(
  id: string,
  keys: readonly Chord[],
  label: string,
  group: KeyGroup,
  run: (workspace: Workspace) => void,
  more: Partial<Pick<KeyBinding, "scope" | "repeat" | "release" | "when">> = {},
): KeyBinding {
  return { id, keys, scope: "global", label, group, run, ...more };
}

function stepPlane(workspace: Workspace, axis: "z" | "t", by: number): void {
  const source = workspace.source.get();
  if (!source) return;
  const size = axis === "z" ? source.sizeZ : source.sizeT;
  const plane = workspace.plane.get();
  const next = Math.max(0, Math.min(size - 1, plane[axis] + by));
  if (next === plane[axis]) return;
  // One depth of a projection cannot be seen.
  workspace.actions.setPlane({ ...plane, [axis]: next, ...(axis === "z" && { projection: null }) });
}

function toggleChannel(workspace: Workspace, index: number): void {
  const channel = workspace.channels.get()[index];
  if (channel) workspace.actions.setChannelVisible(index, !channel.visible);
}

/** Time where the image has it, else depth. */
function togglePlay(workspace: Workspace): void {
  const source = workspace.source.get();
  if (!source || (source.sizeT <= 1 && source.sizeZ <= 1)) return;
  const playing = workspace.playback.get().axis !== null;
  workspace.actions.play(playing ? null : source.sizeT > 1 ? "t" : "z");
}

function toggleProjection(workspace: Workspace): void {
  if ((workspace.source.get()?.sizeZ ?? 1) <= 1) return;
  workspace.actions.setProjection(workspace.plane.get().projection !== "max");
}

function allChannels(workspace: Workspace): void {
  const channels = workspace.channels.get();
  workspace.actions.showChannels(!channels.every(({ visible }) => visible));
}

/** With a selection the digit gives it the class; the class is the active one afterwards either way. */
function pickClass(workspace: Workspace, index: number): void {
  const row = workspace.classes.get()[index];
  if (row) giveClass(workspace, row.id);
}

function giveClass(workspace: Workspace, id: string | null): void {
  workspace.actions.setActiveClass(id);
  if (workspace.selection.get().size > 0) workspace.actions.reclassSelection(id);
}

function resizeOr(workspace: Workspace, factor: number, neighbour: 1 | -1): void {
  if (hasSize(workspace.tool.get())) workspace.actions.setBrushSize(workspace.brushSize.get() * factor);
  else void workspace.actions.openNeighbour(neighbour);
}

function toggleHidden(workspace: Workspace): void {
  workspace.actions.setStyle({ hidden: !workspace.style.get().hidden });
}

/** What is repeated with the key held down, on the canvas. */
const canvasRepeat = { scope: "canvas", repeat: true } as const;
const ARROWS = [
  ["Left", -1, 0],
  ["Right", 1, 0],
  ["Up", 0, -1],
  ["Down", 0, 1],
] as const;

/** Every key of the page, in the order in which `?` shows them. */
export const keyTable: readonly KeyBinding[] = [
  binding("tool.select", ["V", "M"], "Select and move", "Tools", (w) => w.actions.setTool("select")),
  binding("tool.point", ["."], "Point", "Tools", (w) => w.actions.setTool("point")),
  binding("tool.line", ["L"], "Line (measures)", "Tools", (w) => w.actions.setTool("line")),
  binding("tool.rectangle", ["R"], "Rectangle", "Tools", (w) => w.actions.setTool("rectangle")),
  binding("tool.ellipse", ["O"], "Ellipse", "Tools", (w) => w.actions.setTool("ellipse")),
  binding("tool.polygon", ["P"], "Polygon", "Tools", (w) => w.actions.setTool("polygon")),
  binding("tool.freehand", ["Shift+P"], "Freehand outline", "Tools", (w) => w.actions.setTool("freehand")),
  binding("tool.brush", ["B"], "Brush", "Tools", (w) => w.actions.setTool("brush")),
  binding("tool.eraser", ["E"], "Eraser", "Tools", (w) => w.actions.setTool("eraser")),
  binding("tool.wand", ["W"], "Magic wand", "Tools", (w) => w.actions.setTool("wand")),
  binding("tool.magnetic", ["G"], "Magnetic outline", "Tools", (w) => w.actions.setTool("magnetic")),
  binding("tool.split", ["K"], "Split areas", "Tools", (w) => w.actions.setTool("split")),
  binding("tool.ruler", ["U"], "Ruler", "Tools", (w) => w.actions.setTool("ruler")),
  binding("tool.prompt", ["S"], "Outline what is clicked", "Tools", (w) => w.actions.setTool("prompt")),
  binding("prompt.everything", ["Shift+S"], "Outline everything in view", "Tools", outlineEverything),
  binding("prompt.next", ["J"], "Next suggestion", "Tools", (w) => void w.canvas.toolKey("Next")),
  binding(
    "prompt.previous",
    ["Shift+J"],
    "Previous suggestion",
    "Tools",
    (w) => void w.canvas.toolKey("Previous"),
  ),
  binding(
    "prompt.tab",
    ["Tab"],
    "Another reading of the clicks",
    "Tools",
    (w) => void w.canvas.toolKey("Tab"),
    {
      scope: "canvas",
      when: (w) => w.tool.get() === "prompt" && (w.prompting.get()?.state.get().candidates ?? 0) > 1,
    },
  ),
  binding("tool.repeat", ["N"], "Draw again with the last tool; keeps what is outlined", "Tools", (w) => {
    if (!w.canvas.toolKey("Again")) w.actions.setTool(lastTool());
  }),
  // The viewer itself pans while the key is held; this line keeps the page from scrolling and shows the key.
  binding("view.hand", ["Space"], "Move the image (hold and drag)", "Tools", () => {}, canvasRepeat),

  ...DIGITS.map((digit) =>
    binding(`class.${digit}`, [`${digit}`], `Class ${digit}`, "Classes and channels", (w) =>
      pickClass(w, digit - 1),
    ),
  ),
  binding("unclassified", ["0"], "Unclassified", "Classes and channels", (w) => giveClass(w, null)),
  ...DIGITS.map((digit) =>
    binding(`channel.${digit}`, [`Alt+${digit}`], `Channel ${digit} on or off`, "Classes and channels", (w) =>
      toggleChannel(w, digit - 1),
    ),
  ),

  binding(
    "collection.previous",
    ["["],
    "Smaller brush, or previous image",
    "View",
    (w) => resizeOr(w, 1 / BRUSH_STEP, -1),
    { repeat: true },
  ),
  binding(
    "collection.next",
    ["]"],
    "Larger brush, or next image",
    "View",
    (w) => resizeOr(w, BRUSH_STEP, 1),
    { repeat: true },
  ),
  ...DIGITS.map((digit) =>
    binding(`solo.${digit}`, [`Alt+Shift+${digit}`], `Channel ${digit} alone`, "Classes and channels", (w) =>
      w.actions.soloChannel(digit - 1),
    ),
  ),
  binding("channels.all", ["Alt+0"], "All channels on or off", "Classes and channels", allChannels),

  binding("view.home", ["Home"], "Whole image", "View", (w) => w.actions.home()),
  binding("view.zoom-in", ["+", "="], "Zoom in", "View", (w) => w.actions.zoomBy(ZOOM_STEP), {
    repeat: true,
  }),
  binding("view.zoom-out", ["-"], "Zoom out", "View", (w) => w.actions.zoomBy(1 / ZOOM_STEP), {
    repeat: true,
  }),
  ...ARROWS.map(([name, dx, dy]) =>
    binding(
      `view.arrow-${name.toLowerCase()}`,
      [`Arrow${name}`],
      `Move the image ${name.toLowerCase()}`,
      "View",
      (w) => w.canvas.arrow(dx, dy),
      canvasRepeat,
    ),
  ),
  binding(
    "plane.z-up",
    ["PageUp", "F"],
    "Next z plane",
    "Depth and time",
    (w) => stepPlane(w, "z", 1),
    canvasRepeat,
  ),
  binding(
    "plane.z-down",
    ["PageDown", "D"],
    "Previous z plane",
    "Depth and time",
    (w) => stepPlane(w, "z", -1),
    canvasRepeat,
  ),
  binding(
    "plane.t-up",
    ["Shift+PageUp"],
    "Next time point",
    "Depth and time",
    (w) => stepPlane(w, "t", 1),
    canvasRepeat,
  ),
  binding(
    "plane.t-down",
    ["Shift+PageDown"],
    "Previous time point",
    "Depth and time",
    (w) => stepPlane(w, "t", -1),
    canvasRepeat,
  ),
  binding("plane.play", ["T"], "Play or pause", "Depth and time", togglePlay),
  binding("plane.projection", ["X"], "Maximum of all depths", "Depth and time", toggleProjection),
  binding("view.turn-left", ["Q"], "Turn left by 15°", "View", (w) => w.actions.rotateBy(-TURN), {
    repeat: true,
  }),
  binding("view.turn-right", ["Shift+Q"], "Turn right by 15°", "View", (w) => w.actions.rotateBy(TURN), {
    repeat: true,
  }),
  binding("view.turn-left-90", ["Alt+Q"], "Turn left by 90°", "View", (w) => w.actions.rotateBy(-90)),
  binding("view.turn-right-90", ["Alt+Shift+Q"], "Turn right by 90°", "View", (w) => w.actions.rotateBy(90)),
  binding("view.mirror", ["Shift+M"], "Mirror", "View", (w) =>
    w.actions.setFlip(!(w.camera.get().flip ?? false)),
  ),
  binding("view.upright", ["Shift+Home"], "Neither turned nor mirrored", "View", (w) => w.actions.upright(), {
    scope: "canvas",
  }),
  binding("view.saved", ["Shift+V"], "Saved views", "View", () => viewsOpen.set(true)),
  binding("view.hide", ["H"], "Hide annotations (hold to peek)", "View", toggleHidden, {
    release: (w, heldMs) => {
      if (heldMs > PEEK_MS) toggleHidden(w);
    },
  }),
  binding("view.fill", ["Shift+F"], "Fill outlines", "View", (w) =>
    w.actions.setStyle({ fill: !w.style.get().fill }),
  ),

  // What is being drawn goes first: nobody takes back an earlier shape to correct a corner.
  binding("edit.undo", ["Mod+Z"], "Undo", "Edit", (w) => w.canvas.takeBack() || w.actions.undo(), {
    repeat: true,
  }),
  binding("edit.redo", ["Mod+Shift+Z", "Mod+Y"], "Redo", "Edit", (w) => w.actions.redo(), { repeat: true }),
  binding("edit.remove", ["Delete", "Backspace"], "Delete", "Edit", (w) => w.canvas.remove()),
  binding("edit.duplicate", ["Mod+D"], "Duplicate", "Edit", (w) => w.actions.duplicateSelection()),
  binding("edit.select-all", ["Mod+A"], "Select all", "Edit", (w) => w.actions.selectAll(), {
    scope: "canvas",
  }),
  binding("edit.escape", ["Escape"], "Stop, let go, deselect", "Edit", (w) => w.canvas.escape()),
  ...ARROWS.map(([name, dx, dy]) =>
    binding(
      `edit.nudge-${name.toLowerCase()}`,
      [`Shift+Arrow${name}`],
      `Move the selection ${name.toLowerCase()}`,
      "Edit",
      (w) => w.canvas.nudge(dx, dy),
      canvasRepeat,
    ),
  ),

  ...commandsList.flatMap(({ id, keys, label, group, repeat, native, enabled, run }): KeyBinding[] =>
    keys
      ? [
          {
            id,
            keys,
            scope: "canvas",
            label,
            group,
            run: (w) => enabled(w) && run(w),
            ...(repeat && { repeat }),
            ...(native && { native }),
          },
        ]
      : [],
  ),

  binding(
    "draw.enter",
    ["Enter"],
    "Show the crosshair, then press with it (arrows move it; twice closes a polygon)",
    "Draw with the keyboard",
    (w) => w.canvas.enter(),
    { scope: "canvas" },
  ),

  binding("help.palette", ["Mod+K"], "Find a command", "Help", () => paletteOpen.set(true)),
  binding(
    "canvas.menu",
    ["Shift+F10", "ContextMenu"],
    "What can be done here",
    "Help",
    () => canvasMenuAt.set("selection"),
    {
      scope: "canvas",
    },
  ),
  binding("help.keys", ["?"], "All keys", "Help", () => helpOpen.set(true)),
];

/** Pairs of bindings that one press would set off together. A global key is also heard on the canvas. */
export function keyConflicts(table: readonly KeyBinding[]): string[] {
  const conflicts: string[] = [];
  table.forEach((one, index) => {
    for (const other of table.slice(index + 1)) {
      const meet = meets(one.scope, other.scope);
      for (const key of meet ? one.keys.filter((k) => other.keys.includes(k)) : []) {
        conflicts.push(`${key}: ${one.id} and ${other.id}`);
      }
    }
  });
  return conflicts;
}

/** Whether one press can be heard in both. */
export function meets(a: KeyScope, b: KeyScope): boolean {
  if (a === b) return true;
  // Dialogs keep their keys to themselves; panels and the canvas never have focus together.
  if (a === "dialog" || b === "dialog") return false;
  return a === "global" || b === "global";
}
