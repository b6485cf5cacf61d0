import { useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import type { ClassRow } from "../state/rows.ts";
import { DeleteActions } from "../ui/DeletePop.tsx";
import { plural } from "./format.ts";
import { useWorkspace } from "./workspace-context.ts";

/**
 * Deletes a class. The server knows how many annotations have it, over all images: when there are some it
 * answers with the count, and only then does this ask who takes them over.
 */
export function DeleteClass({ row, onDone }: { row: ClassRow; onDone: () => void }) {
  const workspace = useWorkspace();
  const classes = useStore(workspace.classes);
  const [inUse, setInUse] = useState<number | null>(null);
  const [heir, setHeir] = useState<string>("none");
  const [busy, setBusy] = useState(false);

  const remove = async (reassign?: string) => {
    setBusy(true);
    try {
      const answer = await workspace.actions.deleteClass(row.id, reassign);
      // Refused without a count: a notice says why.
      if (answer.deleted || answer.count === 0) onDone();
      else setInUse(answer.count);
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      {inUse === null ? (
        <p className="pop-text">It goes from the list for everyone in this project.</p>
      ) : (
        <>
          <p className="pop-text" role="status">
            {plural(inUse, "annotation has", "annotations have")} this class. What should they be then?
          </p>
          <select
            className="field"
            aria-label="New class of these annotations"
            value={heir}
            onChange={(event) => setHeir(event.target.value)}
          >
            <option value="none">Unclassified</option>
            {classes
              .filter((other) => other.id !== row.id)
              .map((other) => (
                <option key={other.id} value={other.id}>
                  {other.name}
                </option>
              ))}
          </select>
        </>
      )}
      <DeleteActions
        verb={inUse === null ? "Delete" : "Change and delete"}
        busy={busy}
        onCancel={onDone}
        onDelete={() => void remove(inUse === null ? undefined : heir)}
      />
    </>
  );
}
