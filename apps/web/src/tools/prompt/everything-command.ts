import type { Workspace } from "../../state/workspace.ts";

/** Takes the tool for prompts in hand and lets it propose everything in view, once its code is there. */
export function outlineEverything(workspace: Workspace): void {
  workspace.actions.setTool("prompt");
  const now = workspace.prompting.get();
  if (now) {
    now.everything();
    return;
  }
  const stop = workspace.prompting.subscribe(() => {
    stop();
    workspace.prompting.get()?.everything();
  });
}
