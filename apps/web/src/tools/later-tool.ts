import type { ToolId } from "../state/workspace.ts";
import type { Modifiers, Tool, ToolHost } from "./tool.ts";

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
    let early: ((tool: Tool) => void)[] = [];
    /** A press is among it: keys that follow are meant for the tool. */
    let begun = false;
    let held: Modifiers = { shift: false, alt: false, ctrl: false };
    load().then(
      (loaded) => {
        make = loaded;
        tool = loaded(host);
        if (away) return;
        tool.refresh(held);
        for (const act of early) act(tool);
        early = [];
        begun = false;
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
          if (event.type === "down") {
            begun = true;
            event.capture();
          }
          // Read now: later the browser has forgotten it.
          const trail = event.trail?.();
          // And claimed now: the gesture may be over by then, and the next one would be taken for it.
          const kept = { ...event, capture() {}, ...(trail && { trail: () => trail }) };
          early.push((loaded) => loaded.pointer(kept));
        }
      },
      key(key, modifiers) {
        if (tool) return tool.key(key, modifiers);
        if (!begun || key === "Escape") return false;
        early.push((loaded) => loaded.key(key, modifiers));
        return true;
      },
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
        begun = false;
        return tool?.cancel() ?? false;
      },
      busy: () => tool?.busy() ?? begun,
    };
  };
}
