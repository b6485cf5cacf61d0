import { Tabs } from "@base-ui/react/tabs";
import { useStore } from "../hooks/use-store.ts";
import { Boundary } from "../ui/Boundary.tsx";
import { onDemand, PartBroken } from "../ui/on-demand.tsx";
import { formatCount } from "./format.ts";
import { LayersPanel } from "./LayersPanel.tsx";
import { loadChannels } from "./later.ts";
import { ObjectsPanel } from "./ObjectsPanel.tsx";
import { type PanelTab, panelState } from "./panel-state.ts";
import { useWorkspace } from "./workspace-context.ts";

const ChannelsPanel = onDemand(async () => (await loadChannels()).ChannelsPanel);

/** The right-hand panel. What is selected never switches the tab: nothing jumps. */
export function SidePanel() {
  const workspace = useWorkspace();
  const { tab } = useStore(panelState);
  const selected = useStore(workspace.selection, (selection) => selection.size);
  return (
    <aside className="side-panel" id="side-panel" aria-label="Layers, channels and objects">
      <Tabs.Root
        className="tabs"
        value={tab}
        onValueChange={(next: PanelTab) => panelState.set((state) => ({ ...state, tab: next }))}
      >
        <Tabs.List className="tab-list" activateOnFocus>
          <Tabs.Tab className="tab" value="layers">
            Layers
          </Tabs.Tab>
          <Tabs.Tab className="tab" value="channels">
            Channels
          </Tabs.Tab>
          <Tabs.Tab className="tab" value="objects">
            Objects
            {selected > 0 ? (
              <span className="tab-count numbers">
                {formatCount(selected)}
                <span className="visually-hidden"> selected</span>
              </span>
            ) : null}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel className="tab-panel" value="layers">
          <LayersPanel />
        </Tabs.Panel>
        <Tabs.Panel className="tab-panel" value="channels">
          <Boundary fallback={() => <PartBroken />}>
            <ChannelsPanel />
          </Boundary>
        </Tabs.Panel>
        <Tabs.Panel className="tab-panel" value="objects">
          <ObjectsPanel />
        </Tabs.Panel>
      </Tabs.Root>
    </aside>
  );
}
