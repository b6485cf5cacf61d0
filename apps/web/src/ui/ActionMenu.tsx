import { Menu } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import { Keys } from "./Keys.tsx";

interface ActionMenuProps {
  trigger: ReactElement;
  align?: "start" | "center" | "end";
  children: ReactNode;
}

/** A button with a list of actions. */
export function ActionMenu({ trigger, align = "end", children }: ActionMenuProps) {
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner className="floating-positioner" align={align} sideOffset={4} collisionPadding={8}>
          <Menu.Popup className="menu">{children}</Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

interface ActionItemProps {
  icon?: ReactNode;
  keys?: readonly string[] | undefined;
  tone?: "plain" | "danger";
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function ActionItem({
  icon,
  keys,
  tone = "plain",
  disabled = false,
  onSelect,
  children,
}: ActionItemProps) {
  return (
    <Menu.Item className={`menu-item menu-item-${tone}`} disabled={disabled} onClick={onSelect}>
      <span className="menu-icon">{icon}</span>
      <span className="menu-label">{children}</span>
      {keys ? <Keys keys={keys} /> : null}
    </Menu.Item>
  );
}

export function ActionSeparator() {
  return <Menu.Separator className="menu-separator" />;
}
