import type { SelectionActions } from "../state/selection-actions.ts";
import type { SelectionContext } from "./selection-context.ts";

type Actions = SelectionActions & { selectAll(): void };

export const loadEditing = () => import("./editing-actions.ts");

/** The type asks for a line here with every new action. */
const NAMES: { readonly [Name in keyof Actions]: true } = {
  selectAll: true,
  selectEverywhere: true,
  selectClass: true,
  selectSameClass: true,
  invertSelection: true,
  copySelection: true,
  cutSelection: true,
  pasteAnnotations: true,
  copyToPlane: true,
  interpolatePlanes: true,
  spanPlanes: true,
  setSelectionLocked: true,
  orderSelection: true,
  rotateSelection: true,
  scaleSelection: true,
  combineSelection: true,
  fillHoles: true,
  simplifySelection: true,
  tryShape: true,
  endTrying: true,
  smoothSelection: true,
  expandSelection: true,
  convertToPolygons: true,
};

/** Actions on the selection, whose code comes with the first of them: the first picture does without. */
export function createLaterActions(context: SelectionContext): Actions {
  let actions: Actions | null = null;

  function call(name: keyof Actions, values: readonly unknown[]): unknown {
    const act = (on: Actions) => (on[name] as (...given: readonly unknown[]) => unknown)(...values);
    if (actions) return act(actions);
    return loadEditing().then(
      ({ createEditingActions }) => {
        actions ??= createEditingActions(context);
        return act(actions);
      },
      () => {
        const text = "This did not load. Try again when the connection is back.";
        context.notices.say({ id: "cannot", tone: "info", text });
        return null;
      },
    );
  }

  const names = Object.keys(NAMES) as (keyof Actions)[];
  return Object.fromEntries(
    names.map((name) => [name, (...values: unknown[]) => call(name, values)]),
  ) as unknown as Actions;
}
