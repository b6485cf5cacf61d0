import type { Tool, ToolHost, XY } from "../tool.ts";
import { CLICK_TOLERANCE_CSS, distanceCss } from "../tool.ts";

/** A click makes a point. A press that wanders off makes none. */
export function createPointTool(host: ToolHost): Tool {
  let pressed: XY | null = null;
  return {
    id: "point",
    pointer(event) {
      if (event.type === "down") {
        event.capture();
        pressed = host.mayDraw() ? event.screen : null;
      } else if (event.type === "up" && pressed) {
        const clicked = distanceCss(pressed, event.screen) <= CLICK_TOLERANCE_CSS;
        pressed = null;
        if (clicked) host.add({ kind: "point", plane: host.plane(), x: event.image.x, y: event.image.y });
      } else if (event.type === "cancel") {
        pressed = null;
      }
    },
    key: () => false,
    refresh() {
      host.cursor("crosshair");
      host.handles([]);
      host.hint("Click to place a point");
    },
    cancel() {
      const was = pressed !== null;
      pressed = null;
      return was;
    },
    busy: () => pressed !== null,
  };
}
