import { createClipboardActions } from "./clipboard-actions.ts";
import { createSelectingActions } from "./selection-actions.ts";
import type { SelectionContext } from "./selection-context.ts";
import { createShapeActions } from "./shape-actions.ts";
import { createStackingActions } from "./stacking.ts";

/** Everything that menus, keys and the palette do with the selection: `commands-list.ts` names it. */
export function createEditingActions(context: SelectionContext) {
  return {
    ...createSelectingActions(context),
    ...createClipboardActions(context),
    ...createStackingActions(context),
    ...createShapeActions(context),
  };
}
