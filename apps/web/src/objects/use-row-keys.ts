import { type KeyboardEvent, type MouseEvent, useCallback, useRef } from "react";
import { useWorkspace } from "../panels/workspace-context.ts";
import { rangeOf } from "./selecting.ts";
import type { TableController } from "./table-controller.ts";
import { ROW_PX } from "./use-window.ts";

interface RowKeysOptions {
  readonly controller: TableController;
  readonly active: string | null;
  setActive(id: string): void;
  scrollTo(index: number): void;
}

/** Choosing rows as lists of files have it: a press, Shift for a range, Ctrl for one more; the same by keys. */
export function useRowKeys({ controller, active, setActive, scrollTo }: RowKeysOptions) {
  const workspace = useWorkspace();
  const { model } = controller;
  /** Where a range begins. */
  const origin = useRef<string | null>(null);

  const choose = useCallback(
    (id: string, how: "one" | "range" | "toggle" | "none") => {
      setActive(id);
      const { actions, selection } = workspace;
      if (how === "none") return;
      if (how === "range") {
        actions.select(rangeOf(model.view.get().rows, origin.current ?? id, id));
        return;
      }
      origin.current = id;
      if (how === "one") {
        actions.goTo(id);
        return;
      }
      const next = new Set(selection.get());
      if (!next.delete(id)) next.add(id);
      actions.select([...next]);
    },
    [model, setActive, workspace],
  );

  const press = useCallback(
    (id: string, event: MouseEvent) => {
      const how = event.shiftKey ? "range" : event.ctrlKey || event.metaKey ? "toggle" : "one";
      choose(id, how);
    },
    [choose],
  );

  function onKeyDown(event: KeyboardEvent): void {
    const { rows } = model.view.get();
    if (rows.length === 0 || event.altKey) return;
    const ctrl = event.ctrlKey || event.metaKey;
    const at = active === null ? -1 : model.indexOf(active);
    const page = Math.max(1, Math.floor(event.currentTarget.clientHeight / ROW_PX) - 2);
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(0, at - 1),
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      const index = Math.max(0, Math.min(rows.length - 1, step));
      scrollTo(index);
      choose(rows[index]!.id, event.shiftKey ? "range" : ctrl ? "none" : "one");
    } else if (event.key === "a" && ctrl) {
      workspace.actions.select(rows.map(({ id }) => id));
    } else if (event.key === "Enter" && at !== -1) {
      choose(rows[at]!.id, "one");
    } else if (event.key === " " && at !== -1) {
      choose(rows[at]!.id, event.shiftKey ? "range" : "toggle");
    } else if (event.key === "Delete" || event.key === "Backspace") {
      workspace.actions.removeSelection();
    } else {
      return;
    }
    // The page's own keys mean something else with these.
    event.preventDefault();
    event.stopPropagation();
  }

  return { press, onKeyDown };
}
