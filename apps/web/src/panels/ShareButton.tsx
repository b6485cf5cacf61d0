import { Check, Link } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button.tsx";
import { Pop } from "../ui/Pop.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** Copies the link that restores this exact view, and shows it where copying is not allowed. */
export function ShareButton() {
  const { actions } = useWorkspace();
  const [link, setLink] = useState("");
  return (
    <Pop
      title="Link copied"
      align="end"
      className="share-pop"
      onOpenChange={(open) => open && setLink(actions.copyLink())}
      trigger={
        <Button className="share-button" aria-label="Share: copy a link to this view">
          <Link size={14} aria-hidden />
          <span className="wide-only">Share</span>
        </Button>
      }
    >
      <p className="pop-text share-done">
        <Check size={14} aria-hidden />
        It opens this image at this place, with these channels.
      </p>
      <input
        className="field numbers"
        aria-label="Link to this view"
        readOnly
        value={link}
        onFocus={(event) => event.target.select()}
      />
    </Pop>
  );
}
