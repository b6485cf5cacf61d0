import type { ToolId } from "../state/workspace.ts";
import type { Modifiers, Tool, ToolHost, ToolPointer } from "./tool.ts";

type Make = (host: ToolHost) => Tool;

/**
 * A tool whose code comes when it is first taken in hand. What is done with it meanwhile is done
 * once it is there; afterwards it is there at once.
 */
export function laterTool(id: ToolId, load: () => Promise<Make>): Make {
  let make: Make | null = null;
  return (host) => {
    if (make) return make(host);
    let tool: Tool | null = null;
    /** Nobody asked for it since it was put away. */
    let away = false;
    /** What happened before it was there. */
    let early: ToolPointer[] = [];
    let held: Modifiers = { shift: false, alt: false, ctrl: false };
    load().then(
      (loaded) => {
        make = loaded;
        tool = loaded(host);
        if (away) return;
        tool.refresh(held);
        for (const event of early) tool.pointer(event);
        early = [];
      },
      () => {
        if (!away) host.hint("This tool could not be loaded. Check the connection and choose it again.");
      },
    );
    return {
      id,
      pointer(event) {
        if (tool) tool.pointer(event);
        else {
          if (event.type === "down") event.capture();
          // Read now: later the browser has forgotten it.
          const trail = event.trail?.();
          early.push(trail ? { ...event, trail: () => trail } : event);
        }
      },
      key: (key, modifiers) => tool?.key(key, modifiers) ?? false,
      secondary: (event) => tool?.secondary?.(event) ?? false,
      refresh(modifiers) {
        held = modifiers;
        away = false;
        if (tool) tool.refresh(modifiers);
        else host.hint("Loading the tool…");
      },
      cancel() {
        away = true;
        early = [];
        return tool?.cancel() ?? false;
      },
      busy: () => tool?.busy() ?? early.some(({ type }) => type === "down"),
    };
  };
}
