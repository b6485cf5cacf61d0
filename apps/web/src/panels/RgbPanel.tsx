import type { ImageSource } from "@coscope/viewer/source";
import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { Button } from "../ui/Button.tsx";
import { Disclosure } from "../ui/Disclosure.tsx";
import { Slide } from "../ui/Slide.tsx";
import { Toggle } from "../ui/Toggle.tsx";
import { ChannelItem } from "./ChannelItem.tsx";
import { PanelSection } from "./PanelSection.tsx";
import { type RgbLook, rgbLookOf, withRgbLook } from "./rgb-look.ts";
import { useWorkspace } from "./workspace-context.ts";

const NAMES = ["Red", "Green", "Blue"];
/** Gamma on a slider runs in its logarithm: as far to 0.25 as to 4. */
const GAMMA_STEPS = 50;

/** A colour picture is one thing, not three channels: brightness, contrast, gamma. */
export function RgbPanel({ source }: { source: ImageSource }) {
  const workspace = useWorkspace();
  const channels = useStore(workspace.channels);
  const [apart, setApart] = useState(false);
  const look = rgbLookOf(channels);
  const { setChannels } = workspace.actions;
  const change = (part: Partial<RgbLook>) => setChannels(withRgbLook(channels, { ...look, ...part }));
  const inverted = channels.every((channel) => channel.inverted === true);
  const changed = look.brightness !== 0 || look.contrast !== 0 || look.gamma !== 1 || inverted;
  return (
    <PanelSection
      title="Colour"
      action={
        <Button
          small
          tone="quiet"
          disabled={!changed}
          onClick={() =>
            setChannels(
              withRgbLook(channels, { brightness: 0, contrast: 0, gamma: 1 }).map((channel) => ({
                ...channel,
                inverted: false,
              })),
            )
          }
        >
          Reset
        </Button>
      }
    >
      <div className="rgb-look">
        <LookSlider
          label="Brightness"
          value={look.brightness}
          shown={String(look.brightness)}
          onChange={(brightness) => change({ brightness })}
        />
        <LookSlider
          label="Contrast"
          value={look.contrast}
          shown={String(look.contrast)}
          onChange={(contrast) => change({ contrast })}
        />
        <LookSlider
          label="Gamma"
          value={Math.round(-Math.log2(look.gamma) * GAMMA_STEPS)}
          shown={look.gamma.toFixed(2)}
          onChange={(steps) => change({ gamma: Math.round(2 ** (-steps / GAMMA_STEPS) * 100) / 100 })}
        />
        <Toggle
          checked={inverted}
          onChange={(on) => setChannels(channels.map((channel) => ({ ...channel, inverted: on })))}
        >
          Invert
        </Toggle>
      </div>
      <Disclosure title="Red, green and blue apart" open={apart} onOpenChange={setApart}>
        <ul className="channels">
          {channels.map((settings, index) => (
            <ChannelItem
              key={index}
              index={index}
              name={NAMES[index] ?? `Channel ${index + 1}`}
              settings={settings}
              dtype={source.dtype}
            />
          ))}
        </ul>
      </Disclosure>
    </PanelSection>
  );
}

interface LookSliderProps {
  label: string;
  value: number;
  shown: string;
  onChange: (value: number) => void;
}

function LookSlider({ label, value, shown, onChange }: LookSliderProps) {
  return (
    <div className="look-slider">
      <span aria-hidden>{label}</span>
      <Slide value={value} min={-100} max={100} label={label} valueText={() => shown} onChange={onChange} />
      <span className="numbers look-value" aria-hidden>
        {shown}
      </span>
    </div>
  );
}
