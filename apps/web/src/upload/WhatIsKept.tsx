import { useId } from "react";
import { useStore } from "../hooks/use-store.ts";
import { type Keeping, keeping } from "./keeping.ts";

/** For those who want more of a file than its pixels. */
export function WhatIsKept() {
  const kept = useStore(keeping);
  return (
    <details className="what-is-kept">
      <summary>What is kept of a file</summary>
      <Choice
        of="associated"
        kept={kept}
        label="Keep label and macro images"
        note="Photographs of the glass, as images of their own. A label often names the patient."
      />
      <Choice
        of="details"
        kept={kept}
        label="Keep acquisition details"
        note="Dates, people, instruments and descriptions, in the image's folder on the server."
      />
      <p className="way-note">Images are called as their files: rename them in the list if need be.</p>
    </details>
  );
}

interface ChoiceProps {
  of: keyof Keeping;
  kept: Keeping;
  label: string;
  note: string;
}

function Choice({ of, kept, label, note }: ChoiceProps) {
  const noteId = useId();
  return (
    <div className="kept-choice">
      <label>
        <input
          type="checkbox"
          checked={kept[of]}
          aria-describedby={noteId}
          onChange={(event) => keeping.set({ ...kept, [of]: event.currentTarget.checked })}
        />
        {label}
      </label>
      <p id={noteId}>{note}</p>
    </div>
  );
}
