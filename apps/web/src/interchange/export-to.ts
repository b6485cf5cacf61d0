import type { Workspace } from "../state/workspace.ts";
import type { ExportScope } from "./export.ts";

/** Exports; the code for it loads when it is first asked for. */
export async function exportTo(
  workspace: Workspace,
  scope: ExportScope,
  format: "geojson" | "coco",
): Promise<void> {
  try {
    await (await import("./export.ts")).exportAnnotations(workspace, scope, format);
  } catch {
    workspace.importing.say(
      "Nothing was exported: this part of the page did not load. Check the connection and try again.",
    );
  }
}
