import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";
import { Keys } from "./Keys.tsx";

export type Side = "top" | "right" | "bottom" | "left";

interface TipProps {
  label: ReactNode;
  /** Shown after the label, e.g. `["V"]`. */
  keys?: readonly string[] | undefined;
  side?: Side;
  /** One element; it keeps its own accessible name, a tip is for the eye. */
  children: ReactElement;
}

/** A word on hover or keyboard focus. Neighbouring tips open at once after the first (TipProvider). */
export function Tip({ label, keys, side = "bottom", children }: TipProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Tooltip.Portal>
        <Tooltip.Positioner side={side} sideOffset={7} collisionPadding={8}>
          <Tooltip.Popup className="tip">
            {label}
            {keys ? <Keys keys={keys} /> : null}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

export function TipProvider({ children }: { children: ReactNode }) {
  return <Tooltip.Provider delay={450}>{children}</Tooltip.Provider>;
}
