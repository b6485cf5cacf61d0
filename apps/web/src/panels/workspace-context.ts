import { createContext, use } from "react";
import type { Workspace } from "../state/workspace.ts";

/** The open image, for everything in `panels/`. */
export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext);
  if (!workspace) throw new Error("A panel was drawn outside of WorkspaceContext.");
  return workspace;
}
