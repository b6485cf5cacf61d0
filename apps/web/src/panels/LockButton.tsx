import { Lock, LockOpen } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { keysOf } from "./key-labels.ts";
import { useWorkspace } from "./workspace-context.ts";

/** Whether what is selected is locked, and the way to change it. A lock is advice: tools leave it alone. */
export function LockButton() {
  const { selected, actions } = useWorkspace();
  const locked = useStore(selected, (all) => all.length > 0 && all.every((one) => one.locked));
  return (
    <IconButton
      small
      label="Lock"
      tip={locked ? "Locked, as advice: unlock" : "Lock, as advice: anyone may unlock"}
      keys={keysOf("lock.on")}
      pressed={locked}
      onClick={() => actions.setSelectionLocked(!locked)}
    >
      {locked ? <Lock size={15} aria-hidden /> : <LockOpen size={15} aria-hidden />}
    </IconButton>
  );
}
