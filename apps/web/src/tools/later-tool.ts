import type { ToolId } from "../state/workspace.ts";
import type { Modifiers, Tool, ToolHost } from "./tool.ts";

type Make = (host: ToolHost) => Tool;

/**
 * A tool whose code comes when it is first taken in hand. Until then the mouse does nothing and the status bar says
 * why; once loaded it is there at once.
 */
export function laterTool(id: ToolId, load: () => Promise<Make>): Make {
  let make: Make | null = null;
  return (host) => {
    if (make) return make(host);
    let tool: Tool | null = null;
    /** Nobody asked for it since it was put away. */
    let away = false;
    let held: Modifiers = { shift: false, alt: false, ctrl: false };
    load().then(
      (loaded) => {
        make = loaded;
        tool = loaded(host);
        if (!away) tool.refresh(held);
      },
      () => {
        if (!away) host.hint("This tool could not be loaded. Check the connection and choose it again.");
      },
    );
    return {
      id,
      pointer: (event) => tool?.pointer(event),
      key: (key, modifiers) => tool?.key(key, modifiers) ?? false,
      refresh(modifiers) {
        held = modifiers;
        away = false;
        if (tool) tool.refresh(modifiers);
        else host.hint("Loading the tool…");
      },
      cancel() {
        away = true;
        return tool?.cancel() ?? false;
      },
      busy: () => tool?.busy() ?? false,
    };
  };
}
