import type { ReactNode } from "react";
import { Button } from "./Button.tsx";
import { Pop } from "./Pop.tsx";
import type { Side } from "./Tip.tsx";

type Verb = "Delete" | "Remove";

interface DeletePopProps {
  /** What goes. */
  name: string;
  verb?: Verb;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** What it stands beside. */
  anchor: () => Element | null;
  side?: Side;
  /** Without it, `children` end with `DeleteActions` of their own. */
  onDelete?: () => void;
  /** What that means, in a sentence or two. */
  children: ReactNode;
}

/** Asks once more before something goes for everyone. */
export function DeletePop({ name, verb = "Delete", onDelete, children, ...pop }: DeletePopProps) {
  const close = () => pop.onOpenChange(false);
  return (
    <Pop title={`${verb} “${name}”?`} {...pop}>
      {onDelete ? (
        <>
          <p className="pop-text">{children}</p>
          <DeleteActions
            verb={verb}
            onCancel={close}
            onDelete={() => {
              close();
              onDelete();
            }}
          />
        </>
      ) : (
        children
      )}
    </Pop>
  );
}

interface DeleteActionsProps {
  verb: Verb | "Change and delete";
  busy?: boolean;
  onCancel: () => void;
  onDelete: () => void;
}

export function DeleteActions({ verb, busy = false, onCancel, onDelete }: DeleteActionsProps) {
  return (
    <div className="pop-actions">
      <Button small tone="quiet" onClick={onCancel}>
        Cancel
      </Button>
      <Button small tone="danger" disabled={busy} onClick={onDelete}>
        {verb}
      </Button>
    </div>
  );
}
