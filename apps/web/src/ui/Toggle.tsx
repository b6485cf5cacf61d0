import { Switch } from "@base-ui/react/switch";
import type { ReactNode } from "react";

interface ToggleProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** The words beside the switch name it. */
  children: ReactNode;
}

export function Toggle({ checked, onChange, children }: ToggleProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the switch puts its input inside the label
    <label className="toggle">
      <span className="toggle-text">{children}</span>
      <Switch.Root className="switch" checked={checked} onCheckedChange={(next) => onChange(next)}>
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
    </label>
  );
}
