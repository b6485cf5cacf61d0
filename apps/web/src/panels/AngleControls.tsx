import { FlipHorizontal2, RotateCcw, RotateCw } from "lucide-react";
import { useRef } from "react";
import { useStore } from "../hooks/use-store.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { NumberInput } from "../ui/NumberInput.tsx";
import { turnOnScreen } from "./format.ts";
import { keysOf } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/angle.css";

/** Keys on the dial, degrees; with the dial's own snapping to whole degrees. */
const STEP = 1;
const LARGE_STEP = 15;

/** Turning and mirroring the picture: a dial to drag, a number, steps of 90°. */
export function AngleControls() {
  const workspace = useWorkspace();
  const { actions } = workspace;
  const rotation = useStore(workspace.camera, turnOnScreen);
  const flip = useStore(workspace.camera, (camera) => camera.flip ?? false);
  return (
    <div className="angle">
      <Dial value={rotation} onChange={actions.setRotation} onStep={actions.rotateBy} />
      <div className="angle-side">
        <div className="angle-row">
          <IconButton
            small
            label="Turn left by 90°"
            keys={keysOf("view.turn-left-90")}
            side="top"
            onClick={() => actions.rotateBy(-90)}
          >
            <RotateCcw size={15} aria-hidden />
          </IconButton>
          <NumberInput
            value={rotation}
            label="Rotation in degrees"
            prefix="∠"
            min={-180}
            max={360}
            step={1}
            digits={1}
            onChange={actions.setRotation}
          />
          <IconButton
            small
            label="Turn right by 90°"
            keys={keysOf("view.turn-right-90")}
            side="top"
            onClick={() => actions.rotateBy(90)}
          >
            <RotateCw size={15} aria-hidden />
          </IconButton>
        </div>
        <div className="angle-row">
          <Button small aria-pressed={flip} onClick={() => actions.setFlip(!flip)}>
            <FlipHorizontal2 size={14} aria-hidden /> Mirror
          </Button>
          <Button small tone="quiet" disabled={rotation === 0 && !flip} onClick={actions.upright}>
            Reset
          </Button>
        </div>
      </div>
    </div>
  );
}

interface DialProps {
  /** Degrees clockwise on screen. */
  value: number;
  onChange: (degrees: number) => void;
  onStep: (degrees: number) => void;
}

/** A ring whose mark stands where the picture's top points; drag it, or use the arrow keys. Shift: steps of 15°. */
function Dial({ value, onChange, onStep }: DialProps) {
  const ring = useRef<HTMLDivElement>(null);
  const turnTo = (event: React.PointerEvent) => {
    const box = ring.current!.getBoundingClientRect();
    const x = event.clientX - (box.left + box.width / 2);
    const y = event.clientY - (box.top + box.height / 2);
    if (Math.hypot(x, y) < 4) return;
    const step = event.shiftKey ? LARGE_STEP : STEP;
    onChange(Math.round((Math.atan2(x, -y) * 180) / Math.PI / step) * step);
  };
  return (
    <div
      ref={ring}
      className="dial"
      role="slider"
      tabIndex={0}
      aria-label="Rotation"
      aria-valuemin={-180}
      aria-valuemax={180}
      aria-valuenow={value}
      aria-valuetext={`${value} degrees`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        turnTo(event);
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && turnTo(event)}
      onKeyDown={(event) => {
        const steps: Record<string, number> = {
          ArrowRight: STEP,
          ArrowUp: STEP,
          ArrowLeft: -STEP,
          ArrowDown: -STEP,
          PageUp: LARGE_STEP,
          PageDown: -LARGE_STEP,
        };
        const step = steps[event.key];
        if (step === undefined && event.key !== "Home") return;
        event.preventDefault();
        if (step === undefined) onChange(0);
        else onStep(event.shiftKey ? Math.sign(step) * LARGE_STEP : step);
      }}
    >
      <span className="dial-hand" style={{ rotate: `${value}deg` }} />
    </div>
  );
}
