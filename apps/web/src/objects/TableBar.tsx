import { Columns3, Download, X } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { formatCount } from "../panels/format.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { ColumnMenu } from "./ColumnMenu.tsx";
import { downloadCsv } from "./download.ts";
import { TableFilters } from "./TableFilters.tsx";
import type { TableController } from "./table-controller.ts";
import { tableState } from "./table-state.ts";
import { useShownColumns } from "./use-columns.ts";

/** Above the rows: which are shown, what can be done with them. */
export function TableBar({ controller }: { controller: TableController }) {
  const workspace = useWorkspace();
  const columns = useShownColumns(controller);
  const name = useStore(workspace.image, (row) => row.name);
  return (
    <div className="objects-bar">
      <div className="objects-bar-row">
        <h2 className="objects-title">Objects</h2>
        <Counted controller={controller} />
        <TableFilters controller={controller} />
        <div className="objects-bar-end">
          <Means controller={controller} channels={columns.flatMap(({ channel }) => channel ?? [])} />
          <ColumnMenu
            controller={controller}
            trigger={
              <IconButton small label="Columns" side="top">
                <Columns3 size={15} aria-hidden />
              </IconButton>
            }
          />
          <IconButton
            small
            label="Download what is shown as CSV"
            side="top"
            onClick={() => void downloadCsv(controller, columns, name)}
          >
            <Download size={15} aria-hidden />
          </IconButton>
          <IconButton
            small
            label="Close the table"
            side="top"
            onClick={() => tableState.set((state) => ({ ...state, open: false }))}
          >
            <X size={15} aria-hidden />
          </IconButton>
        </div>
      </div>
    </div>
  );
}

function Counted({ controller }: { controller: TableController }) {
  const { rows, total, measuring } = useStore(controller.model.view);
  if (measuring !== null) {
    const percent = Math.floor((measuring / Math.max(1, total)) * 100);
    return (
      <span className="objects-count">
        <Spinner label="Measuring" size={12} /> Measuring… {percent} %
      </span>
    );
  }
  return (
    <span className="objects-count numbers" role="status">
      {rows.length === total ? formatCount(total) : `${formatCount(rows.length)} of ${formatCount(total)}`}
    </span>
  );
}

/** Reading pixels takes its time: rows on screen are read by themselves, all others when asked. */
function Means({ controller, channels }: { controller: TableController; channels: readonly number[] }) {
  const reading = useStore(controller.reading);
  if (channels.length === 0) return null;
  if (reading.kind === "reading") {
    return (
      <span className="objects-reading">
        <progress aria-label="Measuring means" max={1000} value={reading.done} />
        <Button small tone="quiet" onClick={controller.cancelReading}>
          Cancel
        </Button>
      </span>
    );
  }
  return (
    <>
      {reading.kind === "failed" ? (
        <span className="objects-failed" role="alert">
          Some pixels could not be read
        </span>
      ) : null}
      <Button small tone="quiet" onClick={() => controller.readAllMeans(channels)}>
        Measure all means
      </Button>
    </>
  );
}
