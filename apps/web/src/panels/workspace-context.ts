import { createContext, use } from "react";
import { useStore } from "../hooks/use-store.ts";
import { ownKeys } from "../keys/own-keys.ts";
import type { Workspace } from "../state/workspace.ts";

/** The open image, for everything in `panels/`. */
export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext);
  // A key that was changed is shown at once by every tip and menu that names it.
  useStore(ownKeys);
  if (!workspace) throw new Error("A panel was drawn outside of WorkspaceContext.");
  return workspace;
}
