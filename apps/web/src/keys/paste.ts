import type { Workspace } from "../state/workspace.ts";

/**
 * Ctrl+V on the canvas. The browser's paste event carries what the clipboard holds without asking for permission,
 * over plain http too, where reading it in any other way is not allowed.
 */
export function installPaste(workspace: Workspace, isCanvas: () => boolean): () => void {
  function onPaste(event: ClipboardEvent): void {
    if (event.defaultPrevented || !isCanvas()) return;
    event.preventDefault();
    void workspace.actions.pasteAnnotations(event.clipboardData?.getData("text/plain") ?? "");
  }
  addEventListener("paste", onPaste);
  return () => removeEventListener("paste", onPaste);
}
