import { MousePointer2, Table2 } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { tableState, toggleTable } from "../objects/table-state.ts";
import { Button } from "../ui/Button.tsx";
import { Keys } from "../ui/Keys.tsx";
import { plural } from "./format.ts";
import { keysOf } from "./key-labels.ts";
import { ManyObjects } from "./ManyObjects.tsx";
import { OneObject } from "./OneObject.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** What is selected, and the way to the table of all. */
export function ObjectsPanel() {
  return (
    <>
      <Selected />
      <div className="objects-open">
        <TableButton />
      </div>
    </>
  );
}

function TableButton() {
  const workspace = useWorkspace();
  const open = useStore(tableState, (state) => state.open);
  const count = useStore(workspace.layers, (layers) => layers.reduce((sum, layer) => sum + layer.count, 0));
  return (
    <Button aria-expanded={open} onClick={toggleTable}>
      <Table2 size={14} aria-hidden />
      {open ? "Close the table" : `Table of ${plural(count, "object")}`}
    </Button>
  );
}

function Selected() {
  const workspace = useWorkspace();
  const selected = useStore(workspace.selected);
  const [first] = selected;
  if (!first) {
    return (
      <div className="panel-empty panel-empty-tall">
        <MousePointer2 size={20} aria-hidden />
        <p>
          Nothing selected. Take <b>Select</b> <Keys keys={keysOf("tool.select") ?? []} /> and click an
          outline, or drag around several.
        </p>
      </div>
    );
  }
  return selected.length === 1 ? (
    <OneObject key={first.id} object={first} />
  ) : (
    <ManyObjects objects={selected} />
  );
}
