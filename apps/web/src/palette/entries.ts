import { showChord } from "../keys/chord.ts";
import { currentKeys } from "../keys/own-keys.ts";
import type { KeyBinding } from "../keys/table.ts";
import { tableState, toggleTable } from "../objects/table-state.ts";
import { commandsList, type WorkspaceCommand } from "../session/commands-list.ts";
import type { Workspace } from "../state/workspace.ts";
import { theme } from "../ui/theme.ts";

/** Something that can be done by choosing it from a list. */
export interface Entry {
  readonly id: string;
  readonly label: string;
  readonly group: string;
  /** As people read them. */
  readonly keys: readonly string[];
  /** Why it cannot be done now; null where it can. */
  readonly why: string | null;
  run(): void;
}

/** Keys that mean something only as keys, or are listed here by name instead of number. */
const KEYS_ONLY =
  /^(?:view\.(?:hand|arrow-.*)|edit\.(?:nudge-.*|escape)|draw\.enter|(?:class|channel|solo)\.\d|unclassified|help\.palette|canvas\.menu)$/;

/** Commands that a tool's key begins. */
const KEY_OF: { readonly [command: string]: string } = { "shape.split": "tool.split" };

const NEEDS_SELECTION = new Set(["edit.remove", "edit.duplicate"]);

/** All that can be done in an open image, as it is now. */
export function paletteEntries(workspace: Workspace): Entry[] {
  const table = currentKeys.get();
  const commandIds = new Set(commandsList.map(({ id }) => id));
  return [
    ...table
      .filter(({ id, scope }) => !KEYS_ONLY.test(id) && !commandIds.has(id) && scope !== "dialog")
      .map((binding) => fromBinding(workspace, binding)),
    ...commandsList.map((command) => fromCommand(workspace, command, keysOf(command.id))),
    ...classEntries(workspace),
    ...layerEntries(workspace),
    ...channelEntries(workspace),
    ...otherEntries(workspace),
  ];
}

/** As people read them. */
function keysOf(id: string): string[] {
  const binding = currentKeys.get().find((row) => row.id === (KEY_OF[id] ?? id));
  return (binding?.keys ?? []).map((key) => showChord(key));
}

/** Of the commands on annotations, by id. */
export function commandEntry(workspace: Workspace, id: string): Entry {
  const command = commandsList.find((one) => one.id === id);
  if (command) return fromCommand(workspace, command, keysOf(id));
  const binding = currentKeys.get().find((row) => row.id === id);
  if (!binding) throw new Error(`No command ${id}.`);
  return fromBinding(workspace, binding);
}

function fromBinding(workspace: Workspace, { id, label, group, keys, run }: KeyBinding): Entry {
  return {
    id,
    label,
    group,
    keys: keys.map((key) => showChord(key)),
    why: whyNotBinding(workspace, id),
    run: () => run(workspace),
  };
}

function whyNotBinding(workspace: Workspace, id: string): string | null {
  const { canUndo, canRedo } = workspace.undo.get();
  const source = workspace.source.get();
  if (id === "edit.undo" && !canUndo) return "Nothing to undo";
  if (id === "edit.redo" && !canRedo) return "Nothing to redo";
  if (NEEDS_SELECTION.has(id) && workspace.selection.get().size === 0) return "Nothing is selected";
  if (/^plane\.(?:z|projection)/.test(id) && (source?.sizeZ ?? 1) <= 1) return "The image has one depth";
  if (/^plane\.t/.test(id) && (source?.sizeT ?? 1) <= 1) return "The image has one time point";
  return null;
}

function fromCommand(workspace: Workspace, command: WorkspaceCommand, keys: readonly string[]): Entry {
  const { id, label, group } = command;
  const why = command.enabled(workspace) ? null : whyNotCommand(workspace, command);
  return { id, label, group, keys, why, run: () => command.run(workspace) };
}

function whyNotCommand(workspace: Workspace, { id, group }: WorkspaceCommand): string {
  const source = workspace.source.get();
  if (workspace.selected.get().length === 0) return "Nothing is selected";
  const [one, hasNoDepth, hasNoTime] = [
    "The image has one",
    (source?.sizeZ ?? 1) <= 1,
    (source?.sizeT ?? 1) <= 1,
  ];
  if (group === "Planes" && hasNoDepth && hasNoTime) return `${one} plane`;
  if (hasNoDepth && /^plane\..*-z$/.test(id)) return `${one} depth`;
  if (hasNoTime && /^plane\..*-t$/.test(id)) return `${one} time point`;
  if (/^shape\.(?:union|subtract|intersect)|interpolate/.test(id)) return "Select two or more areas";
  return "Not for what is selected";
}

function classEntries(workspace: Workspace): Entry[] {
  const give = (id: string | null) => () => {
    workspace.actions.setActiveClass(id);
    if (workspace.selection.get().size > 0) workspace.actions.reclassSelection(id);
  };
  const entry = (id: string | null, name: string, keys: readonly string[]): Entry => ({
    id: `class:${id}`,
    label: `Class: ${name}`,
    group: "Classes",
    keys,
    why: null,
    run: give(id),
  });
  return [
    ...workspace.classes.get().map(({ id, name }, i) => entry(id, name, keysOf(`class.${i + 1}`))),
    entry(null, "Unclassified", keysOf("unclassified")),
  ];
}

function layerEntries({ layers, actions }: Workspace): Entry[] {
  return layers.get().flatMap(({ row, hidden }): Entry[] => [
    {
      id: `layer:${row.id}`,
      label: `Layer: draw on ${row.name}`,
      group: "Layers",
      keys: [],
      why: row.locked ? "The layer is locked" : null,
      run: () => actions.setActiveLayer(row.id),
    },
    {
      id: `layer-shown:${row.id}`,
      label: `Layer: ${hidden ? "show" : "hide"} ${row.name}`,
      group: "Layers",
      keys: [],
      why: null,
      run: () => actions.setLayerHidden(row.id, !hidden),
    },
  ]);
}

function channelEntries({ source, channels, actions }: Workspace): Entry[] {
  const infos = source.get()?.channels ?? [];
  return channels.get().flatMap(({ visible }, i): Entry[] => {
    const name = infos[i]?.name || `${i + 1}`;
    const common = { group: "Channels", why: null };
    return [
      {
        ...common,
        id: `channel:${name}`,
        label: `Channel: ${visible ? "hide" : "show"} ${name}`,
        keys: keysOf(`channel.${i + 1}`),
        run: () => actions.setChannelVisible(i, !visible),
      },
      {
        ...common,
        id: `solo:${name}`,
        label: `Channel: only ${name}`,
        keys: keysOf(`solo.${i + 1}`),
        run: () => actions.soloChannel(i),
      },
    ];
  });
}

function otherEntries({ actions }: Workspace): Entry[] {
  const entry = (id: string, label: string, run: () => unknown): Entry => ({
    id,
    label,
    group: "Page",
    keys: [],
    why: null,
    run: () => void run(),
  });
  return [
    entry("objects.table", `Objects: ${tableState.get().open ? "close" : "open"} the table`, toggleTable),
    entry("share.link", "Copy a link to this view", actions.copyLink),
    entry("theme.dark", "Theme: dark", () => theme.set("dark")),
    entry("theme.light", "Theme: light", () => theme.set("light")),
    entry("theme.system", "Theme: as the computer", () => theme.set("system")),
  ];
}
