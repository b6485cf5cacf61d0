import { Image, Link, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import type { ViewRow } from "../state/rows.ts";
import { ActionItem } from "../ui/ActionMenu.tsx";
import { Button } from "../ui/Button.tsx";
import { EditableName } from "../ui/EditableName.tsx";
import { RowActions, RowName, useNamedRow } from "../ui/NamedRow.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { useWorkspace } from "./workspace-context.ts";
import "../styles/views.css";

/** Named views of the image, for everyone: a press goes there. */
export function ViewsList() {
  const workspace = useWorkspace();
  const views = useStore(workspace.views);
  const ready = useStore(workspace.openState, ({ kind }) => kind === "ready");
  const [adding, setAdding] = useState(false);
  if (!views) return <Spinner label="Loading the views" />;
  return (
    <>
      {views.length === 0 && !adding ? (
        <p className="pop-text">
          Save what you see now – place, zoom, channels, depth and time – for everyone at this image.
        </p>
      ) : (
        <ul className="views" aria-label="Saved views" onKeyDown={moveFocus}>
          {views.map((view) => (
            <ViewItem key={view.id} view={view} />
          ))}
        </ul>
      )}
      {adding ? (
        <div className="views-adding">
          <EditableName
            value={`View ${views.length + 1}`}
            label="Name of the new view"
            keepUnchanged
            onCommit={(name) => void workspace.actions.saveView(name)}
            onDone={() => setAdding(false)}
          />
        </div>
      ) : (
        <div className="views-foot">
          <Button small disabled={!ready} onClick={() => setAdding(true)}>
            Save this view
          </Button>
        </div>
      )}
    </>
  );
}

/** Up and down go from view to view, as in any list. */
function moveFocus(event: React.KeyboardEvent<HTMLUListElement>): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>(".view-go")];
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  if (by === undefined || at < 0) return;
  event.preventDefault();
  buttons[Math.max(0, Math.min(buttons.length - 1, at + by))]!.focus();
}

function ViewItem({ view }: { view: ViewRow }) {
  const { actions } = useWorkspace();
  const row = useNamedRow<HTMLLIElement>();
  const { id, name } = view;
  return (
    <li ref={row.element} className="view">
      {/* The list stays open: one goes from view to view. */}
      <button
        type="button"
        className="view-go"
        aria-label={`Go to ${name}`}
        onClick={() => actions.goToView(id)}
        onKeyDown={(event) => {
          if (event.key === "F2") row.setRenaming(true);
          if (event.key === "Delete") row.setDeleting(true);
        }}
      >
        {view.thumbnail ? (
          <img
            className="view-picture"
            src={`/api/views/${encodeURIComponent(id)}/thumbnail?revision=${view.revision}`}
            alt=""
            width={96}
            height={60}
            loading="lazy"
          />
        ) : (
          <span className="view-picture">
            <Image size={18} aria-hidden />
          </span>
        )}
        {row.renaming ? null : <span className="view-name">{name}</span>}
      </button>
      <RowName
        row={row}
        name={name}
        label="Name of the view"
        onRename={(next) => void actions.renameView(id, next)}
      >
        {null}
      </RowName>
      <RowActions
        row={row}
        name={name}
        tip="Link, rename, update, delete"
        question="It will be gone for everyone. Nothing in the image changes."
        onDelete={() => void actions.deleteView(id)}
        first={
          <ActionItem icon={<Link size={14} aria-hidden />} onSelect={() => void actions.copyViewLink(id)}>
            Copy a link to it
          </ActionItem>
        }
      >
        <ActionItem icon={<RefreshCw size={14} aria-hidden />} onSelect={() => void actions.updateView(id)}>
          Update to what is on screen
        </ActionItem>
      </RowActions>
    </li>
  );
}
