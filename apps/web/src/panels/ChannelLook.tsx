import { type ChannelSettings, LUT_NAMES, LUTS } from "@coscope/viewer";
import { Check } from "lucide-react";
import { ColorField } from "../ui/ColorField.tsx";
import { channelPalette, hexFromNumber, numberFromHex } from "../ui/color.ts";
import { channelPaint, lutGradient } from "../ui/luts.ts";
import { Pop } from "../ui/Pop.tsx";
import { Toggle } from "../ui/Toggle.tsx";

interface ChannelLookProps {
  name: string;
  settings: ChannelSettings;
  onChange: (part: Partial<ChannelSettings>) => void;
}

/** A swatch of how a channel is coloured; pressed, colours, colour maps and inversion. */
export function ChannelLook({ name, settings, onChange }: ChannelLookProps) {
  const { color, lut = null, inverted = false } = settings;
  return (
    <Pop
      title={`Colour of ${name}`}
      side="left"
      trigger={
        <button type="button" className="row-swatch" aria-label={`Colour of ${name}`}>
          <span
            className={`swatch ${lut ? "swatch-map" : "swatch-round"}`}
            style={{ background: channelPaint(settings) }}
          />
        </button>
      }
    >
      <ColorField
        value={hexFromNumber(color)}
        palette={channelPalette}
        label="Colour"
        inUse={lut === null}
        onChange={(hex) => onChange({ color: numberFromHex(hex), lut: null })}
      />
      <fieldset className="lut-field">
        <legend className="pop-subtitle">Colour map</legend>
        {LUT_NAMES.map((choice) => (
          <button
            key={choice}
            type="button"
            className="lut-choice"
            aria-pressed={lut === choice}
            onClick={() => onChange({ lut: lut === choice ? null : choice })}
          >
            <span className="lut-ramp" style={{ background: lutGradient(choice) }} aria-hidden />
            <span className="lut-name">{LUTS[choice].label}</span>
            {lut === choice ? <Check size={13} aria-hidden /> : null}
          </button>
        ))}
      </fieldset>
      <div className="lut-invert">
        <Toggle checked={inverted} onChange={(next) => onChange({ inverted: next })}>
          Invert
        </Toggle>
      </div>
    </Pop>
  );
}
