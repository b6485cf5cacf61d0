import { useStore } from "../hooks/use-store.ts";
import { Button } from "../ui/Button.tsx";
import { Disclosure } from "../ui/Disclosure.tsx";
import { NumberInput } from "../ui/NumberInput.tsx";
import { Toggle } from "../ui/Toggle.tsx";
import { panelState } from "./panel-state.ts";
import { useWorkspace } from "./workspace-context.ts";

/** All channels at once, and what Auto and the histograms do. */
export function ChannelOptions({ many }: { many: boolean }) {
  const workspace = useWorkspace();
  const { actions } = workspace;
  const { logHistogram, channelOptions } = useStore(panelState);
  const { low, high } = useStore(workspace.autoPercent);
  const upper = round(100 - high);
  return (
    <Disclosure
      title="Options"
      open={channelOptions}
      onOpenChange={(open) => panelState.set((state) => ({ ...state, channelOptions: open }))}
    >
      {many ? (
        <div className="option-row">
          <span>All channels</span>
          <span className="option-buttons">
            <Button small onClick={() => actions.showChannels(true)}>
              Show
            </Button>
            <Button small onClick={() => actions.showChannels(false)}>
              Hide
            </Button>
          </span>
        </div>
      ) : null}
      <div className="option-row">
        <span title="The darkest and the brightest pixels that Auto leaves black and full">
          Auto clips, %
        </span>
        <span className="option-numbers">
          <NumberInput
            value={low}
            label="Percent of pixels that Auto leaves black"
            min={0}
            max={40}
            step={0.1}
            digits={2}
            onChange={(next) => actions.setAutoPercent({ low: next, high })}
          />
          <NumberInput
            value={upper}
            label="Percent of pixels that Auto leaves full"
            min={0}
            max={40}
            step={0.1}
            digits={2}
            onChange={(next) => actions.setAutoPercent({ low, high: round(100 - next) })}
          />
        </span>
      </div>
      <Toggle
        checked={logHistogram}
        onChange={(on) => panelState.set((state) => ({ ...state, logHistogram: on }))}
      >
        Logarithmic histograms
      </Toggle>
    </Disclosure>
  );
}

/** 100 − 99.9 is not quite 0.1. */
function round(percent: number): number {
  return Math.round(percent * 1000) / 1000;
}
