import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { Search } from "lucide-react";
import { useMemo, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { paletteOpen } from "../keys/palette-open.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Keys } from "../ui/Keys.tsx";
import { type Entry, paletteEntries } from "./entries.ts";
import { ranked } from "./fuzzy.ts";
import { noteUsed, recent } from "./recent.ts";
import "./palette.css";

/** A command used lately is meant before another one that fits as well. */
const RECENT_BONUS = 1;

interface Group {
  readonly value: string;
  readonly items: readonly Entry[];
}

/** Everything that can be done here, by typing a few letters of it. */
export function Palette() {
  const open = useStore(paletteOpen);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => paletteOpen.set(next)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog palette" aria-label="Find a command" finalFocus={canvas}>
          <Commands />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const canvas = () => document.querySelector<HTMLElement>(".canvas");

/** Drawn while it is open: what can be done is that of the moment it was opened, or of the selection since. */
function Commands() {
  const workspace = useWorkspace();
  const [typed, setTyped] = useState("");
  // Quick hands select and open this before the selection has been told.
  const selected = useStore(workspace.selected, ({ length }) => length);
  const entries = useMemo(() => paletteEntries(workspace), [workspace, selected]);
  const groups = useMemo(() => grouped(entries, typed.trim()), [entries, typed]);

  function choose(entry: Entry): void {
    noteUsed(entry.id);
    paletteOpen.set(false);
    // What it opens is opened after the palette has given the focus back.
    setTimeout(() => entry.run());
  }

  return (
    <Autocomplete.Root
      open
      inline
      items={groups}
      filter={null}
      value={typed}
      onValueChange={setTyped}
      itemToStringValue={(entry: Entry) => entry.label}
      autoHighlight="always"
      keepHighlight
    >
      <div className="palette-field">
        <Search size={16} aria-hidden />
        <Autocomplete.Input
          className="palette-input"
          aria-label="Find a command"
          placeholder="Find a command"
        />
      </div>
      <Autocomplete.Empty className="palette-empty">
        {groups.length === 0 ? "Nothing is called that. Try another word, or a part of it." : null}
      </Autocomplete.Empty>
      <Autocomplete.List className="palette-list">
        {(group: Group) => (
          <Autocomplete.Group key={group.value} items={group.items} className="palette-group">
            <Autocomplete.GroupLabel className="palette-heading">{group.value}</Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(entry: Entry) => (
                <Autocomplete.Item
                  key={entry.id}
                  value={entry}
                  className="menu-item palette-item"
                  disabled={entry.why !== null}
                  onClick={() => choose(entry)}
                >
                  <span className="menu-label truncate">{entry.label}</span>
                  {entry.why === null ? (
                    <Keys keys={entry.keys} />
                  ) : (
                    <span className="palette-why">{entry.why}</span>
                  )}
                </Autocomplete.Item>
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

/** Without a word: what was used lately, then all by group. With one: what fits, best first. */
function grouped(entries: readonly Entry[], typed: string): Group[] {
  const used = recent.get();
  if (typed !== "") {
    const found = ranked(
      entries,
      typed,
      ({ label, group }) => `${label} ${group}`,
      ({ id, why }) => (used.includes(id) ? RECENT_BONUS : 0) - (why === null ? 0 : RECENT_BONUS),
    );
    return found.length === 0 ? [] : [{ value: "Found", items: found }];
  }
  const lately = used.flatMap((id) => entries.find((entry) => entry.id === id) ?? []);
  const rest = entries.filter(({ id }) => !used.includes(id));
  const groups = [...Map.groupBy(rest, ({ group }) => group)].map(([value, items]) => ({ value, items }));
  return lately.length === 0 ? groups : [{ value: "Used lately", items: lately }, ...groups];
}
