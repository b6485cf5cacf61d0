import { useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { DrawerEdge } from "./DrawerEdge.tsx";
import { SelectedBar } from "./SelectedBar.tsx";
import { TableBar } from "./TableBar.tsx";
import { TableGrid } from "./TableGrid.tsx";
import { createTableController, type TableController } from "./table-controller.ts";
import { tableState } from "./table-state.ts";
import "../styles/objects.css";

/** All objects of the image as a table, below it. */
export function ObjectsTable() {
  const workspace = useWorkspace();
  const height = useStore(tableState, (state) => state.height);
  const [controller, setController] = useState<TableController | null>(null);
  useEffect(() => {
    const made = createTableController(workspace);
    setController(made);
    return () => made.destroy();
  }, [workspace]);
  return (
    <section className="objects" aria-label="Table of objects" style={{ height }}>
      <DrawerEdge />
      {controller ? (
        <>
          <TableBar controller={controller} />
          <TableGrid controller={controller} />
          <SelectedBar controller={controller} />
        </>
      ) : null}
    </section>
  );
}
