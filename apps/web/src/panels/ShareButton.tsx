import { Link } from "lucide-react";
import { Button } from "../ui/Button.tsx";
import { Tip } from "../ui/Tip.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** Copies the link that restores this exact view. A notice says that it did, or shows the link where it may not. */
export function ShareButton() {
  const { actions } = useWorkspace();
  return (
    <Tip label="Copy a link to this place, with these channels">
      <Button aria-label="Share: copy a link to this view" onClick={() => void actions.copyLink()}>
        <Link size={14} aria-hidden />
        <span className="wide-only">Share</span>
      </Button>
    </Tip>
  );
}
