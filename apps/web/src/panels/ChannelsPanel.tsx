import { type ImageSource, measuredChannelSettings } from "@coscope/viewer/source";
import { useStore } from "../hooks/use-store.ts";
import { Button } from "../ui/Button.tsx";
import { ChannelItem } from "./ChannelItem.tsx";
import { ChannelOptions } from "./ChannelOptions.tsx";
import { PanelSection } from "./PanelSection.tsx";
import { PresetsSection } from "./PresetsSection.tsx";
import { RgbPanel } from "./RgbPanel.tsx";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/display.css";

/** Which channels are shown, in which colours and with which contrast. Display only: no value is changed. */
export function ChannelsPanel() {
  const workspace = useWorkspace();
  const source = useStore(workspace.source);
  if (!source) return <p className="panel-empty">The channels appear when the image is open.</p>;
  return (
    <>
      {source.rgb ? <RgbPanel source={source} /> : <Channels source={source} />}
      <PresetsSection />
    </>
  );
}

function Channels({ source }: { source: ImageSource }) {
  const workspace = useWorkspace();
  const channels = useStore(workspace.channels);
  const autoAll = async () => {
    // One after the other: each sets its channel in the newest settings.
    for (const [index, channel] of workspace.channels.get().entries()) {
      if (channel.visible) await workspace.actions.autoContrast(index);
    }
  };
  const reset = async (index: number) => {
    const first = await measuredChannelSettings(source, workspace.plane.get());
    workspace.actions.setChannels(
      workspace.channels.get().map((now, i) => (i === index ? { ...first[i]!, visible: now.visible } : now)),
    );
  };
  return (
    <PanelSection
      title="Channels"
      action={
        <>
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
            name={source.channels[index]?.name || `Channel ${index + 1}`}
            settings={settings}
            dtype={source.dtype}
            onReset={() => void reset(index)}
          />
        ))}
      </ul>
      <ChannelOptions many={channels.length > 1} />
    </PanelSection>
  );
}
