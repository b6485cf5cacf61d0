import { Check, CloudOff, RefreshCw, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import type { SavedState, WorkState } from "../state/workspace.ts";
import { Button } from "../ui/Button.tsx";
import { Pop, PopClose } from "../ui/Pop.tsx";
import { pillText, savedMeaning, savedTitle } from "./saved-words.ts";
import { createSteadySaved } from "./steady-saved.ts";
import { useWorkspace } from "./workspace-context.ts";

/** Whether one's own work is on the server, and what it means. */
export function SavedPill() {
  const saved = useShownSaved();
  return (
    <>
      <Pop
        title={savedTitle(saved)}
        align="end"
        trigger={
          <button
            type="button"
            className="saved-pill"
            data-kind={saved.kind}
            aria-label={`${pillText(saved)}. What this means`}
          >
            <SavedIcon kind={saved.kind} />
            <span className="saved-text">{pillText(saved)}</span>
          </button>
        }
      >
        {saved.kind === "rejected" ? <Rejected {...saved} /> : <Meaning state={saved} />}
      </Pop>
      <Announcement saved={saved} />
    </>
  );
}

function useShownSaved(): SavedState {
  const { saved } = useWorkspace();
  const steady = useMemo(() => createSteadySaved(saved), [saved]);
  useEffect(() => steady.follow(), [steady]);
  return useStore(steady.shown);
}

/** Only what changes what a person would do: offline, refused, and saved again after one of these. */
function Announcement({ saved }: { saved: SavedState }) {
  const [text, setText] = useState("");
  const worried = useRef(false);
  useEffect(() => {
    if (saved.kind === "offline" || saved.kind === "rejected") {
      worried.current = true;
      setText(savedTitle(saved));
    } else if (saved.kind === "saved" && worried.current) {
      worried.current = false;
      setText("Everything is saved.");
    }
  }, [saved]);
  return (
    <span className="visually-hidden" role="status">
      {text}
    </span>
  );
}

function SavedIcon({ kind }: { kind: SavedState["kind"] }) {
  if (kind === "saved") return <Check size={14} aria-hidden />;
  if (kind === "sending" || kind === "waiting") return <RefreshCw size={13} aria-hidden />;
  if (kind === "offline") return <CloudOff size={14} aria-hidden />;
  return <TriangleAlert size={14} aria-hidden />;
}

function Meaning({ state }: { state: WorkState }) {
  return savedMeaning(state).map((text) => (
    <p key={text} className="pop-text">
      {text}
    </p>
  ));
}

function Rejected({ reason, rest }: { reason: string; rest: WorkState }) {
  const { actions } = useWorkspace();
  return (
    <>
      {rest.kind === "offline" ? (
        <p className="pop-text">
          {savedTitle(rest)}. {savedMeaning(rest)}
        </p>
      ) : null}
      <p className="pop-text">{reason}</p>
      <p className="pop-text">Keep a copy before you dismiss it: it is only on this computer.</p>
      <div className="pop-actions">
        <PopClose render={<Button tone="quiet" small />} onClick={() => void actions.dismissRejected()}>
          Dismiss
        </PopClose>
        <Button small onClick={() => saveFile("coscope-not-saved.json", actions.copyRejected())}>
          Save as file
        </Button>
        <Button tone="primary" small onClick={() => void actions.copyRejected()}>
          Copy my work
        </Button>
      </div>
    </>
  );
}

/** Where the clipboard is refused (plain http in some browsers) a file still works. */
function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
