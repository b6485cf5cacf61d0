import type { ChannelSettings } from "@coscope/viewer";
import type { PixelType } from "@coscope/viewer/source";
import { Eye, EyeOff } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { Button } from "../ui/Button.tsx";
import { ColorField } from "../ui/ColorField.tsx";
import { channelPalette, hexFromNumber, numberFromHex } from "../ui/color.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { NumberInput } from "../ui/NumberInput.tsx";
import { Pop } from "../ui/Pop.tsx";
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
}

/** One channel: shown or not, its colour, and which values are black and full. */
export function ChannelItem({ index, name, settings, dtype }: ChannelItemProps) {
  const workspace = useWorkspace();
  const logarithmic = useStore(panelState, (state) => state.logHistogram);
  const histogram = useHistogram(index, settings.visible);
  const color = hexFromNumber(settings.color);
  const change = (part: Partial<ChannelSettings>) =>
    workspace.actions.setChannels(
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
          tip={settings.visible ? "Hide" : "Show"}
          {...(index < 9 ? { keys: [`Alt+${index + 1}`] } : {})}
          side="left"
          onClick={() => change({ visible: !settings.visible })}
        >
          {settings.visible ? <Eye size={15} aria-hidden /> : <EyeOff size={15} aria-hidden />}
        </IconButton>
        <Pop
          title={`Colour of ${name}`}
          side="left"
          trigger={
            <button type="button" className="row-swatch" aria-label={`Colour of ${name}`}>
              <span className="swatch swatch-round" style={{ background: color }} />
            </button>
          }
        >
          <ColorField
            value={color}
            palette={channelPalette}
            label="Colour"
            onChange={(hex) => change({ color: numberFromHex(hex) })}
          />
        </Pop>
        <h3 className="channel-name truncate">{name}</h3>
        {settings.visible ? (
          <Button
            small
            tone="quiet"
            aria-label={`Auto contrast for ${name}`}
            onClick={() => void workspace.actions.autoContrast(index)}
          >
            Auto
          </Button>
        ) : null}
      </div>
      {settings.visible ? (
        <>
          <HistogramSlider
            name={name}
            histogram={histogram}
            window={settings}
            gamma={settings.gamma}
            color={color}
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
