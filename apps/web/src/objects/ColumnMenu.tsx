import { Menu } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement } from "react";
import { useStore } from "../hooks/use-store.ts";
import { titleOf } from "./columns.ts";
import type { TableController } from "./table-controller.ts";
import { tableState } from "./table-state.ts";
import { isShown } from "./use-columns.ts";

/** Which columns are shown; remembered for all images. */
export function ColumnMenu({ controller, trigger }: { controller: TableController; trigger: ReactElement }) {
  const columns = useStore(controller.model.columns);
  const shown = useStore(tableState, (state) => state.shown);
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner className="floating-positioner" align="end" sideOffset={4} collisionPadding={8}>
          <Menu.Popup className="menu objects-columns">
            {columns.map((column) => (
              <Menu.CheckboxItem
                key={column.id}
                className="menu-item"
                checked={isShown(column, shown)}
                onCheckedChange={(on) =>
                  tableState.set((state) => ({ ...state, shown: { ...state.shown, [column.id]: on } }))
                }
              >
                <span className="menu-icon">
                  <Menu.CheckboxItemIndicator>
                    <Check size={14} aria-hidden />
                  </Menu.CheckboxItemIndicator>
                </span>
                <span className="menu-label">{titleOf(column)}</span>
              </Menu.CheckboxItem>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
