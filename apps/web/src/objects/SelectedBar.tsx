import { ChevronDown, Trash2 } from "lucide-react";
import { useMemo } from "react";
import { useStore } from "../hooks/use-store.ts";
import { ClassMenu } from "../panels/ClassMenu.tsx";
import { formatCount } from "../panels/format.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Button } from "../ui/Button.tsx";
import type { TableController } from "./table-controller.ts";
import { showInTable } from "./table-state.ts";

/** What can be done with the selection, wherever it was made. */
export function SelectedBar({ controller }: { controller: TableController }) {
  const workspace = useWorkspace();
  const { actions } = workspace;
  const selection = useStore(workspace.selection);
  const { rows } = useStore(controller.model.view);
  const shown = useMemo(
    () => (selection.size === 0 ? [] : rows.filter(({ id }) => selection.has(id))),
    [rows, selection],
  );
  if (selection.size === 0) {
    // It keeps its place: a first press must not move the rows.
    return (
      <section className="objects-bar-row objects-selected" aria-label="Selected objects">
        <span className="objects-count">Nothing selected. Shift and Ctrl select several</span>
      </section>
    );
  }
  const hidden = selection.size - shown.length;
  const classIds = new Set(shown.map(({ annotation }) => annotation.classId));
  const [classId] = classIds;
  const first = shown[0];
  return (
    <section className="objects-bar-row objects-selected" aria-label="Selected objects">
      <span className="objects-count">
        <b className="numbers">{formatCount(selection.size)}</b> selected
        {hidden > 0 ? `, ${formatCount(hidden)} of them not shown here` : ""}
      </span>
      <ClassMenu
        side="top"
        value={classIds.size === 1 ? classId : undefined}
        onChange={actions.reclassSelection}
        trigger={
          <Button small>
            Change class <ChevronDown size={13} aria-hidden />
          </Button>
        }
      />
      <Button small onClick={actions.removeSelection}>
        <Trash2 size={13} aria-hidden /> Delete
      </Button>
      {first ? (
        <Button small tone="quiet" onClick={() => showInTable(first.id)}>
          Show in table
        </Button>
      ) : null}
      <Button small tone="quiet" onClick={actions.clearSelection}>
        Select none
      </Button>
    </section>
  );
}
