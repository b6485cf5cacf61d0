import { Eye, EyeOff, FileDown, FileUp, Lock, LockOpen, TriangleAlert } from "lucide-react";
import { exportTo } from "../interchange/export-to.ts";
import { chooseAnnotationFile } from "../interchange/files.ts";
import type { LayerView } from "../state/workspace.ts";
import { ActionItem, ActionSeparator } from "../ui/ActionMenu.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { RowActions, RowName, useNamedRow } from "../ui/NamedRow.tsx";
import { Spinner } from "../ui/Spinner.tsx";
import { Tip } from "../ui/Tip.tsx";
import { formatCount, plural } from "./format.ts";
import { useWorkspace } from "./workspace-context.ts";

const FORMATS = [
  ["geojson", "GeoJSON"],
  ["coco", "COCO"],
] as const;

interface LayerItemProps {
  layer: LayerView;
  active: boolean;
}

/** One layer: a press makes it the one that is drawn on. */
export function LayerItem({ layer, active }: LayerItemProps) {
  const workspace = useWorkspace();
  const { actions } = workspace;
  const { id, name, locked } = layer.row;
  const row = useNamedRow<HTMLLIElement>();
  const importHere = () => {
    actions.setActiveLayer(id);
    chooseAnnotationFile();
  };
  return (
    <li
      ref={row.element}
      className="row"
      data-active={active || undefined}
      data-dimmed={layer.hidden || undefined}
    >
      <IconButton
        small
        label={`${layer.hidden ? "Show" : "Hide"} ${name}`}
        tip={layer.hidden ? "Show, for me only" : "Hide, for me only"}
        side="left"
        onClick={() => actions.setLayerHidden(id, !layer.hidden)}
      >
        {layer.hidden ? <EyeOff size={15} aria-hidden /> : <Eye size={15} aria-hidden />}
      </IconButton>
      <RowName
        row={row}
        name={name}
        label="Name of the layer"
        onRename={(next) => void actions.renameLayer(id, next)}
      >
        <button
          type="button"
          className="row-main"
          aria-pressed={active}
          onClick={() => actions.setActiveLayer(id)}
          onDoubleClick={() => row.setRenaming(true)}
          onKeyDown={(event) => event.key === "F2" && row.setRenaming(true)}
        >
          <span className="truncate">{name}</span>
        </button>
      </RowName>
      {locked ? (
        <IconButton
          small
          label={`Unlock ${name}`}
          tip="Locked for everyone. Click to unlock"
          onClick={() => void actions.setLayerLocked(id, false)}
        >
          <Lock size={14} aria-hidden />
        </IconButton>
      ) : null}
      <LayerCount layer={layer} />
      <RowActions
        row={row}
        name={name}
        tip="Rename, lock, import, export, delete"
        question={
          layer.count === 0
            ? "It holds no annotations."
            : `${plural(layer.count, "annotation")} will be gone for everyone.`
        }
        onDelete={() => void actions.deleteLayer(id)}
      >
        <ActionItem
          icon={locked ? <LockOpen size={14} aria-hidden /> : <Lock size={14} aria-hidden />}
          onSelect={() => void actions.setLayerLocked(id, !locked)}
        >
          {locked ? "Unlock" : "Lock"}
        </ActionItem>
        <ActionSeparator />
        <ActionItem icon={<FileUp size={14} aria-hidden />} onSelect={importHere}>
          Import annotations…
        </ActionItem>
        {FORMATS.map(([format, label]) => (
          <ActionItem
            key={format}
            icon={<FileDown size={14} aria-hidden />}
            disabled={layer.count === 0}
            onSelect={() => void exportTo(workspace, { layerId: id }, format)}
          >
            {`Export as ${label}`}
          </ActionItem>
        ))}
      </RowActions>
    </li>
  );
}

function LayerCount({ layer }: { layer: LayerView }) {
  if (layer.state === "loading") return <Spinner label="Loading" size={12} />;
  if (layer.state === "error") {
    return (
      <Tip label="This layer could not be loaded. It is tried again by itself">
        <span className="row-warning" role="img" aria-label="Could not be loaded">
          <TriangleAlert size={14} aria-hidden />
        </span>
      </Tip>
    );
  }
  return (
    <span className="row-count numbers">
      {formatCount(layer.count)}
      <span className="visually-hidden"> annotations</span>
    </span>
  );
}
