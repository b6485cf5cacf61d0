import { type AnnotationSnapshot, isArea } from "@coscope/annotations";
import { exportTo } from "../interchange/export-to.ts";
import { chooseAnnotationFile } from "../interchange/files.ts";
import type { Chord } from "../keys/chord.ts";
import { shapePop } from "../keys/shape-pop.ts";
import type { Workspace } from "../state/workspace.ts";

/** Headings under which the palette, the menus and the table of keys list commands. */
export type CommandGroup =
  | "Select"
  | "Clipboard"
  | "Transform"
  | "Shape"
  | "Order and lock"
  | "Planes"
  | "Import and export";

/**
 * Something that a person can do by name: in the command palette, in a menu, by a key. `keys/table.ts` binds the
 * keys; ids are unique among commands and keys.
 */
export interface WorkspaceCommand {
  readonly id: string;
  /** What it does, as a menu says it. */
  readonly label: string;
  readonly group: CommandGroup;
  readonly keys?: readonly Chord[];
  /** Repeats while the key is held down. */
  readonly repeat?: boolean;
  /** The browser's own key for it sends an event that does more than the key could: see `keys/paste.ts`. */
  readonly native?: boolean;
  /** Whether it makes sense now. Asked when a menu opens, not followed. */
  enabled(workspace: Workspace): boolean;
  run(workspace: Workspace): void;
}

type Test = (workspace: Workspace) => boolean;

const always: Test = () => true;
const some: Test = (w) => w.selected.get().length > 0;
const several: Test = (w) => w.selected.get().length > 1;
const hasArea = ({ geometry }: AnnotationSnapshot) => isArea(geometry);
const isBox = ({ geometry: { kind } }: AnnotationSnapshot) => kind === "rectangle" || kind === "ellipse";
const someArea: Test = (w) => w.selected.get().some(hasArea);
const severalAreas: Test = (w) => w.selected.get().filter(hasArea).length > 1;
const someLong: Test = (w) => w.selected.get().some(({ geometry: { kind } }) => kind !== "point");
const isStack: Test = (w) => (w.source.get()?.sizeZ ?? 1) > 1 || (w.source.get()?.sizeT ?? 1) > 1;
const hasDepth: Test = (w) => (w.source.get()?.sizeZ ?? 1) > 1;
const hasTime: Test = (w) => (w.source.get()?.sizeT ?? 1) > 1;
const both =
  (a: Test, b: Test): Test =>
  (w) =>
    a(w) && b(w);
const spans =
  (axis: "z" | "t", all: boolean): Test =>
  (w) =>
    w.selected.get().some(({ geometry: { plane } }) => (plane[axis] === "all") === all);

function command(
  group: CommandGroup,
  id: string,
  label: string,
  enabled: Test,
  run: (workspace: Workspace) => unknown,
  more: Pick<WorkspaceCommand, "keys" | "repeat" | "native"> = {},
): WorkspaceCommand {
  return { id, label, group, enabled, run: (w) => void run(w), ...more };
}

const TURN = 15;
const GROW = 1.05;

/** Every command on annotations, in the order of the menus. */
export const commandsList: readonly WorkspaceCommand[] = [
  command("Select", "select.everywhere", "Select all on every plane", always, (w) =>
    w.actions.selectEverywhere(),
  ),
  command("Select", "select.same-class", "Select all of this class", some, (w) =>
    w.actions.selectSameClass(),
  ),
  command("Select", "select.invert", "Invert the selection", always, (w) => w.actions.invertSelection(), {
    keys: ["Mod+I"],
  }),

  command("Clipboard", "clipboard.copy", "Copy", some, (w) => w.actions.copySelection(), {
    keys: ["Mod+C"],
  }),
  command("Clipboard", "clipboard.cut", "Cut", some, (w) => w.actions.cutSelection(), { keys: ["Mod+X"] }),
  command("Clipboard", "clipboard.paste", "Paste", always, (w) => w.actions.pasteAnnotations(), {
    keys: ["Mod+V"],
    native: true,
  }),

  command("Transform", "transform.left", "Turn left by 15°", some, (w) => w.actions.rotateSelection(-TURN), {
    keys: ["<"],
    repeat: true,
  }),
  command("Transform", "transform.right", "Turn right by 15°", some, (w) => w.actions.rotateSelection(TURN), {
    keys: [">"],
    repeat: true,
  }),
  command("Transform", "transform.larger", "Larger by 5 %", someLong, (w) => w.actions.scaleSelection(GROW), {
    keys: ["Mod+ArrowUp"],
    repeat: true,
  }),
  command(
    "Transform",
    "transform.smaller",
    "Smaller by 5 %",
    someLong,
    (w) => w.actions.scaleSelection(1 / GROW),
    { keys: ["Mod+ArrowDown"], repeat: true },
  ),

  command("Shape", "shape.union", "Unite", severalAreas, (w) => w.actions.combineSelection("union"), {
    keys: ["Shift+U"],
  }),
  command(
    "Shape",
    "shape.subtract",
    "Subtract the others from the first",
    severalAreas,
    (w) => w.actions.combineSelection("subtract"),
    { keys: ["Shift+D"] },
  ),
  command(
    "Shape",
    "shape.intersect",
    "Keep what they share",
    severalAreas,
    (w) => w.actions.combineSelection("intersect"),
    { keys: ["Shift+N"] },
  ),
  command("Shape", "shape.split", "Split by a line", someArea, (w) => w.actions.setTool("split")),
  command("Shape", "shape.fill-holes", "Fill holes", someArea, (w) => w.actions.fillHoles()),
  command("Shape", "shape.simplify", "Simplify…", someLong, () => shapePop.set("simplify")),
  command("Shape", "shape.smooth", "Smooth", someArea, (w) => w.actions.smoothSelection()),
  command("Shape", "shape.expand", "Expand or shrink…", someArea, () => shapePop.set("expand")),
  command(
    "Shape",
    "shape.to-polygon",
    "Make it a polygon",
    (w) => w.selected.get().some(isBox),
    (w) => w.actions.convertToPolygons(),
  ),

  command("Order and lock", "order.front", "Bring to front", some, (w) => w.actions.orderSelection("front"), {
    keys: ["Mod+}"],
  }),
  command(
    "Order and lock",
    "order.forward",
    "Bring forward",
    some,
    (w) => w.actions.orderSelection("forward"),
    { keys: ["Mod+]"] },
  ),
  command(
    "Order and lock",
    "order.backward",
    "Send backward",
    some,
    (w) => w.actions.orderSelection("backward"),
    { keys: ["Mod+["] },
  ),
  command("Order and lock", "order.back", "Send to back", some, (w) => w.actions.orderSelection("back"), {
    keys: ["Mod+{"],
  }),
  command(
    "Order and lock",
    "lock.on",
    "Lock",
    (w) => w.selected.get().some(({ locked }) => !locked),
    (w) => w.actions.setSelectionLocked(true),
    { keys: ["Shift+L"] },
  ),
  command(
    "Order and lock",
    "lock.off",
    "Unlock",
    (w) => w.selected.get().some(({ locked }) => locked),
    (w) => w.actions.setSelectionLocked(false),
  ),

  ...(["z", "t"] as const).flatMap((axis) =>
    ([1, -1] as const).map((by) => {
      const way = by > 0 ? "next" : "previous";
      const [what, has, shift] = axis === "z" ? ["depth", hasDepth, ""] : ["time point", hasTime, "Shift+"];
      return command(
        "Planes",
        `plane.copy-${way}-${axis}`,
        `Copy to the ${way} ${what}`,
        both(some, has),
        (w) => w.actions.copyToPlane(by, axis),
        { keys: [`Alt+${shift}Page${by > 0 ? "Up" : "Down"}`] },
      );
    }),
  ),
  command(
    "Planes",
    "plane.interpolate",
    "Fill the planes between",
    both(several, isStack),
    (w) => w.actions.interpolatePlanes(),
    { keys: ["Shift+I"] },
  ),
  command("Planes", "plane.all-z", "Show at every depth", both(spans("z", false), hasDepth), (w) =>
    w.actions.spanPlanes("z", true),
  ),
  command("Planes", "plane.one-z", "Only at this depth", both(spans("z", true), hasDepth), (w) =>
    w.actions.spanPlanes("z", false),
  ),
  command("Planes", "plane.all-t", "Show at every time", both(spans("t", false), hasTime), (w) =>
    w.actions.spanPlanes("t", true),
  ),
  command("Planes", "plane.one-t", "Only at this time", both(spans("t", true), hasTime), (w) =>
    w.actions.spanPlanes("t", false),
  ),
  command("Import and export", "annotations.import", "Import annotations…", always, chooseAnnotationFile),
  command("Import and export", "export.geojson", "Export all annotations as GeoJSON", always, (w) =>
    exportTo(w, "image", "geojson"),
  ),
  command("Import and export", "export.coco", "Export all annotations as COCO", always, (w) =>
    exportTo(w, "image", "coco"),
  ),
  command("Import and export", "export.selection.geojson", "Export the selection as GeoJSON", some, (w) =>
    exportTo(w, "selection", "geojson"),
  ),
  command("Import and export", "export.selection.coco", "Export the selection as COCO", some, (w) =>
    exportTo(w, "selection", "coco"),
  ),
];
