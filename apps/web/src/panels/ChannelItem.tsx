import type { ChannelSettings } from "@coscope/viewer";
import type { PixelType } from "@coscope/viewer/source";
import { Eye, EyeOff, RotateCcw } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { showChord } from "../keys/chord.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { channelTint } from "../ui/luts.ts";
import { NumberInput } from "../ui/NumberInput.tsx";
import { ChannelLook } from "./ChannelLook.tsx";
import { HistogramSlider } from "./HistogramSlider.tsx";
import { isInteger } from "./histogram.ts";
import { panelState } from "./panel-state.ts";
import { useHistogram } from "./use-histogram.ts";
import { useWorkspace } from "./workspace-context.ts";

interface ChannelItemProps {
  index: number;
  name: string;
  settings: ChannelSettings;
  dtype: PixelType;
  /** Back to what the image came with. Where one button resets all, there is none. */
  onReset?: () => void;
}

/** One channel: shown or not, its colour, and which values are black and full. */
export function ChannelItem({ index, name, settings, dtype, onReset }: ChannelItemProps) {
  const workspace = useWorkspace();
  const { actions } = workspace;
  const logarithmic = useStore(panelState, (state) => state.logHistogram);
  const histogram = useHistogram(index, settings.visible);
  const change = (part: Partial<ChannelSettings>) =>
    actions.setChannels(
      workspace.channels.get().map((channel, i) => (i === index ? { ...channel, ...part } : channel)),
    );
  const integer = isInteger(dtype);
  const digits = integer ? 0 : 3;
  const step = integer ? 1 : Math.max((settings.max - settings.min) / 100, 1e-6);
  return (
    <li className="channel" data-dimmed={!settings.visible || undefined}>
      <div className="channel-head">
        <IconButton
          small
          label={`${settings.visible ? "Hide" : "Show"} ${name}`}
          tip={`${settings.visible ? "Hide" : "Show"} · ${showChord("Alt+Click")}: only this one`}
          {...(index < 9 ? { keys: [showChord(`Alt+${index + 1}`)] } : {})}
          side="left"
          onClick={(event) =>
            event.altKey ? actions.soloChannel(index) : actions.setChannelVisible(index, !settings.visible)
          }
        >
          {settings.visible ? <Eye size={15} aria-hidden /> : <EyeOff size={15} aria-hidden />}
        </IconButton>
        <ChannelLook name={name} settings={settings} onChange={change} />
        <h3 className="channel-name truncate" title={name}>
          {name}
        </h3>
        {settings.visible ? (
          <>
            {onReset ? (
              <IconButton small label={`Reset ${name}`} onClick={onReset}>
                <RotateCcw size={13} aria-hidden />
              </IconButton>
            ) : null}
            <Button
              small
              tone="quiet"
              aria-label={`Auto contrast for ${name}`}
              onClick={() => void actions.autoContrast(index)}
            >
              Auto
            </Button>
          </>
        ) : null}
      </div>
      {settings.visible ? (
        <>
          <HistogramSlider
            name={name}
            histogram={histogram}
            window={settings}
            gamma={settings.gamma}
            inverted={settings.inverted ?? false}
            color={channelTint(settings)}
            dtype={dtype}
            logarithmic={logarithmic}
            onChange={change}
          />
          <div className="channel-numbers">
            <NumberInput
              value={settings.min}
              label={`${name}: black at`}
              step={step}
              digits={digits}
              max={settings.max - (integer ? 1 : 0)}
              onChange={(min) => change({ min })}
            />
            <NumberInput
              value={settings.gamma}
              label={`${name}: gamma`}
              prefix="γ"
              min={0.1}
              max={5}
              step={0.05}
              digits={2}
              onChange={(gamma) => change({ gamma })}
            />
            <NumberInput
              value={settings.max}
              label={`${name}: full at`}
              step={step}
              digits={digits}
              min={settings.min + (integer ? 1 : 0)}
              onChange={(max) => change({ max })}
            />
          </div>
        </>
      ) : null}
    </li>
  );
}
