import { type ImageSource, measuredChannelSettings } from "@coscope/viewer/source";
import { useStore } from "../hooks/use-store.ts";
import { Button } from "../ui/Button.tsx";
import { ChannelItem } from "./ChannelItem.tsx";
import { PanelSection } from "./PanelSection.tsx";
import { panelState } from "./panel-state.ts";
import { useWorkspace } from "./workspace-context.ts";

/** Which channels are shown, in which colours and with which contrast. Display only: no value is changed. */
export function ChannelsPanel() {
  const workspace = useWorkspace();
  const source = useStore(workspace.source);
  const channels = useStore(workspace.channels);
  const logarithmic = useStore(panelState, (state) => state.logHistogram);
  if (!source) return <p className="panel-empty">The channels appear when the image is open.</p>;
  const autoAll = async () => {
    // One after the other: each sets its channel in the newest settings.
    for (const [index, channel] of workspace.channels.get().entries()) {
      if (channel.visible) await workspace.actions.autoContrast(index);
    }
  };
  return (
    <PanelSection
      title="Channels"
      action={
        <>
          <Button
            small
            tone="quiet"
            aria-label="Log histograms"
            aria-pressed={logarithmic}
            onClick={() => panelState.set((state) => ({ ...state, logHistogram: !state.logHistogram }))}
          >
            Log
          </Button>
          <Button
            small
            tone="quiet"
            aria-label="Reset all channels"
            onClick={() =>
              void measuredChannelSettings(source, workspace.plane.get()).then(workspace.actions.setChannels)
            }
          >
            Reset
          </Button>
          <Button
            small
            tone="quiet"
            aria-label="Auto all: contrast of every channel"
            onClick={() => void autoAll()}
          >
            Auto all
          </Button>
        </>
      }
    >
      <ul className="channels">
        {channels.map((settings, index) => (
          <ChannelItem
            // Channels have no other identity than their place.
            key={index}
            index={index}
            name={nameOf(source, index)}
            settings={settings}
            dtype={source.dtype}
          />
        ))}
      </ul>
    </PanelSection>
  );
}

function nameOf(source: ImageSource, index: number): string {
  if (source.rgb) return ["Red", "Green", "Blue"][index]!;
  return source.channels[index]?.name || `Channel ${index + 1}`;
}
