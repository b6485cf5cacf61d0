import { CircleHelp, PanelRight } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { onDemand, QUIET } from "../ui/on-demand.tsx";
import { Crumbs } from "./Crumbs.tsx";
import { keysOf } from "./key-labels.ts";
import { People } from "./People.tsx";
import { panelState, togglePanel } from "./panel-state.ts";
import { SavedPill } from "./SavedPill.tsx";
import { ShareButton } from "./ShareButton.tsx";
import { Views } from "./Views.tsx";
import { useWorkspace } from "./workspace-context.ts";

// Most images stand alone.
const CollectionNav = onDemand(async () => (await import("../open/CollectionNav.tsx")).CollectionNav, QUIET);

/** Where I am, whether my work is saved, who is here. */
export function TopBar({ onHelp }: { onHelp: () => void }) {
  const workspace = useWorkspace();
  const name = useStore(workspace.image, (row) => row.name);
  const collectionId = useStore(workspace.image, (row) => row.collectionId);
  const panelOpen = useStore(panelState, (state) => state.open);
  return (
    <header className="top-bar">
      <Crumbs name={name}>
        {collectionId === null ? null : (
          <Boundary fallback={() => null}>
            <CollectionNav collectionId={collectionId} />
          </Boundary>
        )}
      </Crumbs>
      <SavedPill />
      <People />
      <ShareButton />
      <div className="top-bar-icons">
        <Views />
        <IconButton label="Keys and help" keys={keysOf("help.keys")} onClick={onHelp}>
          <CircleHelp size={17} aria-hidden />
        </IconButton>
        <IconButton
          label={panelOpen ? "Hide the panel" : "Show the panel"}
          aria-expanded={panelOpen}
          aria-controls="side-panel"
          onClick={togglePanel}
        >
          <PanelRight size={17} aria-hidden />
        </IconButton>
      </div>
    </header>
  );
}
