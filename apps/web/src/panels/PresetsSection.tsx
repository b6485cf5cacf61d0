import { Plus, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { presetFor } from "../session/channel-edits.ts";
import type { PresetRow } from "../state/rows.ts";
import { ActionItem } from "../ui/ActionMenu.tsx";
import { EditableName } from "../ui/EditableName.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { channelPaint } from "../ui/luts.ts";
import { RowActions, RowName, useNamedRow } from "../ui/NamedRow.tsx";
import { plural } from "./format.ts";
import { PanelSection } from "./PanelSection.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** Channel settings under names, shared in the project; those that fit this image. */
export function PresetsSection() {
  const workspace = useWorkspace();
  const presets = useStore(workspace.presets);
  const source = useStore(workspace.source);
  const [adding, setAdding] = useState(false);
  const names = source?.channels.map(({ name }) => name) ?? [];
  const fitting = presets.filter(({ channels }) => presetFor(channels, names) !== null);
  const others = presets.length - fitting.length;
  return (
    <PanelSection
      title="Presets"
      action={
        <IconButton small label="Save these channels as a preset" side="left" onClick={() => setAdding(true)}>
          <Plus size={16} aria-hidden />
        </IconButton>
      }
    >
      {fitting.length === 0 && !adding ? (
        <p className="panel-empty">
          Save how the channels look now, for other images with the same channels.
        </p>
      ) : (
        <ul className="rows">
          {fitting.map((preset) => (
            <PresetItem key={preset.id} preset={preset} names={names} />
          ))}
          {adding ? (
            <li className="row row-adding">
              <EditableName
                value={`Preset ${presets.length + 1}`}
                label="Name of the new preset"
                keepUnchanged
                onCommit={(name) => void workspace.actions.savePreset(name)}
                onDone={() => setAdding(false)}
              />
            </li>
          ) : null}
        </ul>
      )}
      {others > 0 ? (
        <p className="panel-note">{plural(others, "preset")} for images with other channels.</p>
      ) : null}
    </PanelSection>
  );
}

function PresetItem({ preset, names }: { preset: PresetRow; names: readonly string[] }) {
  const { actions } = useWorkspace();
  const row = useNamedRow<HTMLLIElement>();
  const { id, name } = preset;
  const shown = (presetFor(preset.channels, names) ?? []).filter(({ visible }) => visible);
  return (
    <li ref={row.element} className="row">
      <RowName
        row={row}
        name={name}
        label="Name of the preset"
        onRename={(next) => void actions.renamePreset(id, next)}
      >
        <button
          type="button"
          className="row-main"
          onClick={() => actions.applyPreset(id)}
          onKeyDown={(event) => event.key === "F2" && row.setRenaming(true)}
        >
          <span className="truncate">{name}</span>
        </button>
      </RowName>
      <span className="preset-colours" aria-hidden>
        {shown.slice(0, 6).map((channel, i) => (
          <span key={i} className="preset-colour" style={{ background: channelPaint(channel) }} />
        ))}
      </span>
      <RowActions
        row={row}
        name={name}
        tip="Rename, update, delete"
        question="It will be gone for everyone in the project. No image changes."
        onDelete={() => void actions.deletePreset(id)}
      >
        <ActionItem icon={<RefreshCw size={14} aria-hidden />} onSelect={() => void actions.updatePreset(id)}>
          Update to the present settings
        </ActionItem>
      </RowActions>
    </li>
  );
}
