import { RotateCcw } from "lucide-react";
import { Fragment, useEffect, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { type Chord, chordOf, showChord } from "../keys/chord.ts";
import {
  currentKeys,
  isFixed,
  ownKeys,
  rebound,
  setOwnKeys,
  takenBy,
  whyNotKey,
  without,
} from "../keys/own-keys.ts";
import type { KeyBinding } from "../keys/table.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";

interface Conflict {
  readonly chord: Chord;
  readonly other: KeyBinding;
}

/** Every key that can be another one: press its button, then the key. For this person, on this computer. */
export function KeyEditor() {
  const table = useStore(currentKeys);
  const own = useStore(ownKeys);
  const [asking, setAsking] = useState<string | null>(null);
  const groups = Map.groupBy(
    table.filter(({ id, scope }) => !isFixed(id) && scope !== "dialog"),
    ({ group }) => group,
  );
  return (
    <>
      <div className="key-editor-head">
        <p className="pop-text">
          Press a key’s button, then the key you want. Only yours change, on this computer.
        </p>
        <Button disabled={Object.keys(own).length === 0} onClick={() => setOwnKeys({})}>
          Reset all
        </Button>
      </div>
      <div className="help-columns">
        {[...groups].map(([group, rows]) => (
          <section key={group} className="help-group">
            <h3 className="help-heading">{group}</h3>
            {rows.map((row) => (
              <KeyRow
                key={row.id}
                row={row}
                changed={own[row.id] !== undefined}
                asking={asking === row.id}
                onAsk={(on) => setAsking(on ? row.id : null)}
              />
            ))}
          </section>
        ))}
      </div>
    </>
  );
}

interface KeyRowProps {
  row: KeyBinding;
  changed: boolean;
  asking: boolean;
  onAsk: (on: boolean) => void;
}

function KeyRow({ row, changed, asking, onAsk }: KeyRowProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);

  function take(chord: Chord, how: "swap" | "take"): void {
    setOwnKeys(rebound(currentKeys.get(), ownKeys.get(), row.id, chord, how));
    setConflict(null);
  }

  function pressed(chord: Chord | null): void {
    onAsk(false);
    setConflict(null);
    setProblem(chord === null ? null : whyNotKey(chord));
    if (chord === null || whyNotKey(chord) !== null || row.keys.includes(chord)) return;
    const other = takenBy(currentKeys.get(), row.id, chord);
    if (other) setConflict({ chord, other });
    else take(chord, "take");
  }

  const shown = row.keys.map((key) => showChord(key));
  return (
    <div className="key-row">
      <div className="help-row">
        <span>{row.label}</span>
        <span className="key-row-controls">
          {changed ? (
            <IconButton
              small
              label={`Reset the key of ${row.label}`}
              onClick={() => setOwnKeys(without(ownKeys.get(), row.id))}
            >
              <RotateCcw size={13} aria-hidden />
            </IconButton>
          ) : null}
          <button
            type="button"
            className="key-button"
            data-asking={asking || undefined}
            onClick={() => onAsk(!asking)}
          >
            <span className="visually-hidden">{row.label}: </span>
            {asking ? "Press a key" : shown.length > 0 ? <Caps keys={shown} /> : "no key"}
            <span className="visually-hidden">. Change it</span>
          </button>
        </span>
      </div>
      {asking ? <Listen onKey={pressed} /> : null}
      <div role="status">
        {problem ? <p className="pop-text">{problem} Choose another key.</p> : null}
        {conflict ? (
          <p className="key-conflict">
            {showChord(conflict.chord)} is the key of “{conflict.other.label}”.
          </p>
        ) : null}
      </div>
      {conflict ? (
        <div className="pop-actions key-conflict-actions">
          {row.keys.length > 0 && !isFixed(conflict.other.id) ? (
            <Button onClick={() => take(conflict.chord, "swap")}>Swap</Button>
          ) : null}
          {isFixed(conflict.other.id) ? null : (
            <Button onClick={() => take(conflict.chord, "take")}>Take it</Button>
          )}
          <Button onClick={() => setConflict(null)}>Cancel</Button>
        </div>
      ) : null}
    </div>
  );
}

/** As `Keys`, and read aloud one by one. */
function Caps({ keys }: { keys: readonly string[] }) {
  return (
    <span className="keys">
      {keys.map((key, i) => (
        <Fragment key={key}>
          {i > 0 ? <span className="visually-hidden"> or </span> : null}
          <kbd>{key}</kbd>
        </Fragment>
      ))}
    </span>
  );
}

/** Hears the next key before anything else does; Esc and a press of the mouse end it. */
function Listen({ onKey }: { onKey: (chord: Chord | null) => void }) {
  useEffect(() => {
    const stop = new AbortController();
    const hear = (event: KeyboardEvent) => {
      if (/^(?:Shift|Alt|Control|Meta|AltGraph|CapsLock)$/.test(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      onKey(event.key === "Escape" ? null : chordOf(event));
    };
    addEventListener("keydown", hear, { capture: true, signal: stop.signal });
    // The key coming up must not press the button again.
    addEventListener("keyup", (event) => event.preventDefault(), { capture: true, signal: stop.signal });
    addEventListener("blur", () => onKey(null), { signal: stop.signal });
    return () => stop.abort();
  });
  return null;
}
