import type { Store } from "../state/store.ts";
import type { ToolId } from "../state/workspace.ts";

/** Tools that make nothing: to repeat one of them would repeat no work. */
const NOT_DRAWING: ReadonlySet<ToolId> = new Set(["select", "pan", "ruler"]);
const FIRST: ToolId = "polygon";

let last: ToolId = FIRST;

/** The tool that was last drawn with. */
export const lastTool = (): ToolId => last;

/** Remembers it from now on; returns what ends that. */
export function watchLastTool(tool: Store<ToolId>): () => void {
  const note = () => {
    if (!NOT_DRAWING.has(tool.get())) last = tool.get();
  };
  note();
  return tool.subscribe(note);
}
