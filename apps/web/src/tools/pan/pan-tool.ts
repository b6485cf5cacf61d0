import type { Tool, ToolHost } from "../tool.ts";

/** Leaves every gesture to the viewer, which pans. */
export function createPanTool(host: ToolHost): Tool {
  return {
    id: "pan",
    pointer(event) {
      if (event.type === "down") host.cursor("grabbing");
      if (event.type === "up" || event.type === "cancel") host.cursor("grab");
    },
    key: () => false,
    refresh() {
      host.cursor("grab");
      host.handles([]);
      host.hint("Drag to move the image, scroll to zoom");
    },
    cancel: () => false,
    busy: () => false,
  };
}
