import { Menu } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement } from "react";
import { useStore } from "../hooks/use-store.ts";
import type { ClassRow } from "../state/rows.ts";
import { Keys } from "../ui/Keys.tsx";
import type { Side } from "../ui/Tip.tsx";
import { ClassSwatch } from "./ClassSwatch.tsx";
import { digitOfClass } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";

interface ClassMenuProps {
  trigger: ReactElement;
  /** null is Unclassified; undefined is "several different ones". */
  value: string | null | undefined;
  onChange: (id: string | null) => void;
  side?: Side;
}

/** Chooses one class. */
export function ClassMenu({ trigger, value, onChange, side = "bottom" }: ClassMenuProps) {
  const classes = useStore(useWorkspace().classes);
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner
          className="floating-positioner"
          side={side}
          align="start"
          sideOffset={6}
          collisionPadding={8}
        >
          <Menu.Popup className="menu class-menu">
            <Menu.RadioGroup
              value={value === null ? "" : value}
              onValueChange={(next: string) => onChange(next === "" ? null : next)}
            >
              {classes.map((row, index) => (
                <ClassItem key={row.id} row={row} digit={digitOfClass(index)} />
              ))}
              <ClassItem row={null} digit={null} />
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function ClassItem({ row, digit }: { row: ClassRow | null; digit: string | null }) {
  return (
    <Menu.RadioItem className="menu-item" value={row?.id ?? ""} closeOnClick>
      <ClassSwatch row={row} />
      <span className="menu-label truncate">{row?.name ?? "Unclassified"}</span>
      <Menu.RadioItemIndicator className="menu-check">
        <Check size={14} aria-hidden />
      </Menu.RadioItemIndicator>
      {digit ? <Keys keys={[digit]} /> : null}
    </Menu.RadioItem>
  );
}
