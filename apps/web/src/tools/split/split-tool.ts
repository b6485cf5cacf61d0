import { areaOf, type Geometry, isArea } from "@coscope/annotations/geometry";
import type { Target, Tool, ToolHost, ToolPointer, XY } from "../tool.ts";
import { boxBetween, CLICK_TOLERANCE_CSS, constrainAngle, distanceCss } from "../tool.ts";

const kernels = () => import("@coscope/annotations/shapes");

/**
 * Cuts areas along a line: drag it, or click its corners and end with a double-click or Enter. What is selected is
 * cut, or all that the line crosses in the active layer. The largest piece stays the annotation that it was.
 */
export function createSplitTool(host: ToolHost): Tool {
  let corners: XY[] = [];
  let cursor: XY | null = null;
  /** Where the button went down, while it is. */
  let pressed: ToolPointer | null = null;
  // Fetched while the line is being drawn.
  const loading = kernels();
  loading.catch(() => {});

  function show() {
    const points = [...corners, ...(cursor ? [cursor] : [])];
    const layerId = host.activeLayerId();
    if (points.length < 2 || corners.length === 0 || layerId === null) return host.preview([]);
    host.preview([{ geometry: lineOf(points), layerId, classId: null }]);
  }

  function lineOf(points: readonly XY[]): Geometry {
    return { kind: "polyline", plane: host.plane(), points: points.flatMap(({ x, y }) => [x, y]) };
  }

  function reset(): boolean {
    const was = corners.length > 0 || pressed !== null;
    corners = [];
    cursor = null;
    pressed = null;
    host.preview([]);
    return was;
  }

  /** What the line may cut: the selection where there is one, else what it meets in the active layer. */
  function candidates(line: readonly XY[]): readonly Target[] {
    const chosen = [...host.selection()].map(host.target).filter((target) => target !== null);
    if (chosen.some(hasArea)) return chosen.filter(hasArea);
    const box = line
      .map((p) => boxBetween(p, p))
      .reduce((a, b) => ({
        minX: Math.min(a.minX, b.minX),
        minY: Math.min(a.minY, b.minY),
        maxX: Math.max(a.maxX, b.maxX),
        maxY: Math.max(a.maxY, b.maxY),
      }));
    const active = host.activeLayerId();
    return host.within(box).filter((target) => target.layerId === active && hasArea(target));
  }

  async function cut(line: readonly XY[]) {
    reset();
    if (line.length < 2) return;
    let shapes: Awaited<typeof loading>;
    try {
      shapes = await loading;
    } catch {
      return host.hint("This did not load. Choose the tool again when the connection is back.");
    }
    const flat = line.flatMap(({ x, y }) => [x, y]);
    const cuts = candidates(line)
      .map((target) => ({ target, pieces: shapes.splitByLine(target.annotation.geometry, flat) }))
      .filter(({ pieces }) => pieces.length > 1);
    if (cuts.length === 0) return host.say("Nothing was cut: the line must go right through an area.");
    if (!host.mayChange(cuts.map(({ target }) => target))) return;
    const reshape: { target: Target; geometry: Geometry }[] = [];
    const add = cuts.flatMap(({ target, pieces }) => {
      const [largest, ...rest] = [...pieces].sort((a, b) => areaOf(b) - areaOf(a));
      reshape.push({ target, geometry: largest! });
      const { classId, label, attributes } = target.annotation;
      return rest.map((geometry) => ({ geometry, classId, label, attributes, layerId: target.layerId }));
    });
    const added = host.apply({ reshape, add });
    host.select([...cuts.map(({ target }) => target.annotation.id), ...added]);
  }

  function place(event: ToolPointer): XY {
    const last = corners.at(-1);
    return event.shift && last ? constrainAngle(last, event.image) : event.image;
  }

  function up(event: ToolPointer): void {
    if (!pressed) return;
    const dragged = distanceCss(pressed.screen, event.screen) > CLICK_TOLERANCE_CSS;
    const first = corners.length === 1;
    pressed = null;
    if (dragged && first) void cut([...corners, place(event)]);
    else if (dragged) corners.push(place(event));
  }

  function refresh(): void {
    host.handles([]);
    host.cursor("crosshair");
    show();
    host.hint(
      corners.length === 0
        ? "Drag a line across what to cut, or click its corners · Shift: straight"
        : pressed && corners.length === 1
          ? "Release on the other side to cut · Shift: steps of 45° · Esc: discard"
          : "Click more corners · Double-click or Enter: cut · Backspace: last corner · Esc: discard",
    );
  }

  return {
    id: "split",
    pointer(event) {
      switch (event.type) {
        case "down":
          event.capture();
          pressed = event;
          corners.push(place(event));
          cursor = event.image;
          break;
        case "up":
          cursor = event.image;
          up(event);
          break;
        case "double": {
          // Both presses of the double-click put a corner there.
          const line = corners.slice(0, -1);
          void cut(line.length > 1 ? line : corners);
          break;
        }
        case "cancel":
          reset();
          break;
        case "leave":
          if (!pressed) cursor = null;
          break;
        default:
          cursor = place(event);
      }
      refresh();
    },
    key(key) {
      if (key === "Enter" && corners.length > 1) {
        void cut(corners);
        refresh();
        return true;
      }
      if ((key === "Backspace" || key === "Delete") && corners.length > 0) {
        corners.pop();
        refresh();
        return true;
      }
      return false;
    },
    refresh,
    cancel: reset,
    busy: () => corners.length > 0,
  };
}

function hasArea({ annotation }: Target): boolean {
  return isArea(annotation.geometry);
}
