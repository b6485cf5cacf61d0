import { screenPoint } from "@coscope/annotations";
import type { PointerInfo, Viewer } from "@coscope/viewer";
import { canvasMenuAt } from "../keys/palette-open.ts";
import type { CanvasControl, ToolId } from "../state/workspace.ts";
import { laterTool } from "../tools/later-tool.ts";
import { createPanTool } from "../tools/pan/pan-tool.ts";
import { createPointTool } from "../tools/point/point-tool.ts";
import { createRulerTool } from "../tools/ruler/ruler-tool.ts";
import { createSelectTool } from "../tools/select/select-tool.ts";
import {
  CLICK_TOLERANCE_CSS,
  type Modifiers,
  type Tool,
  type ToolHost,
  type ToolPointer,
  type XY,
} from "../tools/tool.ts";
import { createCrosshair } from "./crosshair.ts";
import { loadDrawing } from "./load-drawing.ts";
import { loadSmart } from "./load-smart.ts";

const PAN_STEP_CSS = 80;
const CROSSHAIR_STEP_CSS = 10;
/** Nearer to the edge than this, the crosshair pushes the picture. */
const EDGE_CSS = 40;
const NO_MODIFIERS: Modifiers = { shift: false, alt: false, ctrl: false };

const MAKERS: { readonly [Id in ToolId]: (host: ToolHost) => Tool } = {
  select: createSelectTool,
  pan: createPanTool,
  point: createPointTool,
  line: drawing("line", ({ createLineTool }) => createLineTool),
  rectangle: drawing("rectangle", ({ createRectangleTool }) => createRectangleTool),
  ellipse: drawing("ellipse", ({ createEllipseTool }) => createEllipseTool),
  polygon: drawing("polygon", ({ createPolygonTool }) => createPolygonTool),
  freehand: drawing("freehand", ({ createFreehandTool }) => createFreehandTool),
  brush: drawing(
    "brush",
    ({ createBrushTool }) =>
      (host) =>
        createBrushTool(host, "brush"),
  ),
  eraser: drawing(
    "eraser",
    ({ createBrushTool }) =>
      (host) =>
        createBrushTool(host, "eraser"),
  ),
  split: laterTool("split", async () => (await import("../tools/split/split-tool.ts")).createSplitTool),
  wand: laterTool("wand", async () => (await loadSmart()).createWandTool),
  magnetic: laterTool("magnetic", async () => (await loadSmart()).createMagneticTool),
  prompt: laterTool("prompt", async () => (await import("../tools/prompt/prompt-tool.ts")).createPromptTool),
  ruler: createRulerTool,
};

function drawing(
  id: ToolId,
  pick: (tools: Awaited<ReturnType<typeof loadDrawing>>) => (host: ToolHost) => Tool,
): (host: ToolHost) => Tool {
  return laterTool(id, async () => pick(await loadDrawing()));
}

/** Tools that are dragged from one place to another: two presses with the keyboard, and what the first one says. */
const TWO_ENDS: { readonly [Id in ToolId]?: string } = {
  rectangle: "First corner placed. Move to the opposite corner and press Enter.",
  ellipse: "First corner placed. Move to the opposite corner and press Enter.",
  freehand: "Outline started. Move around what is meant and press Enter to close it.",
  brush: "Brush down. Move to paint and press Enter to lift it.",
  eraser: "Eraser down. Move to erase and press Enter to lift it.",
  split: "Line started. Move across what to cut and press Enter.",
  ruler: "Start placed. Move to the end and press Enter.",
};

export interface CanvasControlOptions {
  readonly viewer: Viewer;
  readonly element: HTMLElement;
  readonly host: ToolHost;
  /** After every event of a tool: a gesture may have begun or ended. */
  onGesture(): void;
  /** Called by Escape when no gesture and no crosshair is left to end. */
  letGo(): void;
  removeSelection(): void;
  nudge(dx: number, dy: number): void;
  /** The person's own pan, CSS px: positive shows what lies further right and down. */
  pan(dx: number, dy: number, how: "gliding" | "at once"): void;
  announce(text: string): void;
}

/** Drawn place by place: a second press at the same place ends them. */
function isPath(id: ToolId): boolean {
  return id === "polygon" || id === "line" || id === "magnetic";
}

/** The tool in hand, fed by the mouse, by touch and by the keyboard. One per mounted canvas. */
export interface CanvasTools extends Omit<CanvasControl, "toScreen" | "size"> {
  setTool(id: ToolId): void;
  pointer(info: PointerInfo): void;
  /** Something that the tool shows changed. */
  refresh(): void;
  busy(): boolean;
  destroy(): void;
}

export function createCanvasTools(options: CanvasControlOptions, first: ToolId): CanvasTools {
  const { viewer, element, host } = options;
  const crosshair = createCrosshair(element);
  let tool = MAKERS[first](host);
  let held = NO_MODIFIERS;
  /** The keyboard holds the button down (rectangle, ruler). */
  let pressing = false;
  /** Where the keyboard last pressed: a second press there is a double-click. */
  let lastPress: XY | null = null;
  /** Where the mouse rests over the picture, CSS px: a tool taken by its key shows itself there. */
  let resting: XY | null = null;

  function send(event: ToolPointer): void {
    tool.pointer(event);
    options.onGesture();
  }

  function fromKeyboard(type: ToolPointer["type"]): void {
    const at = crosshair.at();
    if (!at) return;
    const image = viewer.screenToImage(screenPoint(at.x, at.y));
    send({ ...held, type, image, screen: at, capture: () => {} });
  }

  function press(): void {
    const at = crosshair.at();
    if (!at) return;
    const ends = TWO_ENDS[tool.id];
    if (ends) {
      fromKeyboard(pressing ? "up" : "down");
      pressing = !pressing && tool.busy();
      if (pressing) options.announce(ends);
      return;
    }
    const again = lastPress !== null && lastPress.x === at.x && lastPress.y === at.y;
    if ((isPath(tool.id) || tool.id === "prompt") && again && tool.key("Enter", held)) {
      options.onGesture();
      lastPress = null;
      return;
    }
    lastPress = at;
    fromKeyboard("down");
    fromKeyboard("up");
    if (isPath(tool.id) && tool.busy()) options.announce(tool.id === "line" ? "Place set" : "Corner placed");
  }

  function moveCrosshair(dx: number, dy: number, step: number): void {
    const at = crosshair.at();
    if (!at) return;
    const { clientWidth: width, clientHeight: height } = element;
    const x = at.x + dx * step;
    const y = at.y + dy * step;
    const pushX = x < EDGE_CSS || x > width - EDGE_CSS ? dx * step : 0;
    const pushY = y < EDGE_CSS || y > height - EDGE_CSS ? dy * step : 0;
    if (pushX !== 0 || pushY !== 0) options.pan(pushX, pushY, "at once");
    crosshair.show(pushX === 0 ? x : at.x, pushY === 0 ? y : at.y);
    // A pushed picture moves under the crosshair: what was pressed there is no longer there.
    if (pushX !== 0 || pushY !== 0) lastPress = null;
    fromKeyboard(pressing ? "move" : "hover");
  }

  function hideCrosshair(): boolean {
    if (!crosshair.at()) return false;
    crosshair.hide();
    pressing = false;
    lastPress = null;
    return true;
  }

  function cancelTool(): boolean {
    pressing = false;
    lastPress = null;
    const was = tool.cancel();
    if (was) {
      tool.refresh(held);
      options.onGesture();
    }
    return was;
  }

  /** For what is under the pointer; what is selected stays so where that is part of it. */
  function openMenu({ image, screen, button, pointerType, ctrl }: PointerInfo): void {
    // From the keyboard it comes by the table of keys.
    if (tool.busy() || (button !== 2 && pointerType !== "touch" && !ctrl)) return;
    const [hit] = host.hits(image, CLICK_TOLERANCE_CSS);
    if (hit && !host.selection().has(hit.annotation.id)) host.select([hit.annotation.id]);
    const { left, top } = element.getBoundingClientRect();
    canvasMenuAt.set({ x: left + screen.x, y: top + screen.y });
  }

  tool.refresh(held);
  return {
    setTool(id) {
      if (id === tool.id) return;
      cancelTool();
      hideCrosshair();
      tool = MAKERS[id](host);
      tool.refresh(held);
      if (!resting) return;
      const image = viewer.screenToImage(screenPoint(resting.x, resting.y));
      tool.pointer({ ...held, type: "hover", image, screen: resting, capture: () => {} });
    },
    pointer(info) {
      if (info.type === "context") {
        const { image, screen, shift, alt, ctrl, meta } = info;
        const held = { shift, alt, ctrl: ctrl || meta };
        const used = tool.secondary?.({ ...held, type: "up", image, screen, capture: () => {} });
        if (used) options.onGesture();
        else openMenu(info);
        return;
      }
      if (info.type === "down" && info.button !== 0) return;
      // The mouse takes over from the keyboard.
      if (info.type === "down" || (info.type === "hover" && !pressing)) hideCrosshair();
      const { type, image, screen, shift, alt, ctrl, meta } = info;
      held = { shift, alt, ctrl: ctrl || meta };
      const isPen = info.pointerType === "pen";
      const isOver = info.pointerType !== "touch" && type !== "leave" && type !== "cancel";
      resting = isOver ? screen : null;
      send({
        ...held,
        type,
        image,
        screen,
        ...(isPen && { pressure: info.pressure }),
        // A mouse's pressure says nothing.
        trail: () => (isPen ? info.trail() : info.trail().map(({ image, screen }) => ({ image, screen }))),
        capture: () => info.capture(),
      });
    },
    refresh: () => tool.refresh(held),
    busy: () => tool.busy(),
    escape() {
      // What was picked with the crosshair outlives it.
      if ((tool.busy() && cancelTool()) || hideCrosshair() || cancelTool()) return;
      options.letGo();
    },
    enter() {
      if (tool.id === "pan") return;
      if (crosshair.at()) return press();
      if (tool.key("Enter", held)) return options.onGesture();
      crosshair.show(Math.round(element.clientWidth / 2), Math.round(element.clientHeight / 2));
      options.announce("Crosshair shown. Arrow keys move it, Enter presses, Escape puts it away.");
      fromKeyboard("hover");
    },
    arrow(dx, dy) {
      if (crosshair.at()) moveCrosshair(dx, dy, CROSSHAIR_STEP_CSS);
      else options.pan(dx * PAN_STEP_CSS, dy * PAN_STEP_CSS, "gliding");
    },
    nudge(dx, dy) {
      if (crosshair.at()) moveCrosshair(dx, dy, 1);
      else if (tool.nudge?.(dx, dy)) options.onGesture();
      else options.nudge(dx, dy);
    },
    remove() {
      if (tool.key("Delete", held) || tool.key("Backspace", held)) options.onGesture();
      else if (!tool.busy()) options.removeSelection();
    },
    takeBack() {
      if (!tool.busy()) return false;
      // Picked corners are no step of a gesture: there, Backspace would remove them.
      if (tool.id !== "select" && tool.key("Backspace", held)) options.onGesture();
      else cancelTool();
      return true;
    },
    toolKey(key) {
      const used = tool.key(key, held);
      if (used) options.onGesture();
      return used;
    },
    modifiers(next) {
      held = next;
      tool.refresh(held);
    },
    destroy() {
      tool.cancel();
      crosshair.destroy();
    },
  };
}
