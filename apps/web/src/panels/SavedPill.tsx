import { Check, CloudOff, RefreshCw, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "../hooks/use-store.ts";
import { type StrandedWork, strandedOpen, strandedWork } from "../session/stranded-work.ts";
import type { SavedState, WorkState } from "../state/workspace.ts";
import { Button } from "../ui/Button.tsx";
import { Pop, PopClose } from "../ui/Pop.tsx";
import { saveFile } from "../ui/save-file.ts";
import { pillText, savedMeaning, savedTitle } from "./saved-words.ts";
import { createSteadySaved } from "./steady-saved.ts";
import { strandedShort, strandedText } from "./stranded-words.ts";
import { useWorkspace } from "./workspace-context.ts";

/** Whether one's own work is on the server, and what it means. */
export function SavedPill() {
  const saved = useShownSaved();
  const stranded = useStore(strandedWork);
  const text = [pillText(saved), strandedShort(stranded)].filter(Boolean).join(" · ");
  return (
    <>
      <Pop
        title={saved.kind === "saved" && stranded.length > 0 ? "Your own work is saved" : savedTitle(saved)}
        align="end"
        className="saved-pop"
        trigger={
          <button
            type="button"
            className="saved-pill"
            data-kind={saved.kind}
            data-stranded={stranded.length > 0 || undefined}
            aria-label={`${text}. What this means`}
          >
            <SavedIcon kind={saved.kind} />
            <span className="saved-text">{text}</span>
          </button>
        }
      >
        {saved.kind === "rejected" ? <Rejected {...saved} /> : <Meaning state={saved} />}
        {stranded.length > 0 ? <Stranded works={stranded} /> : null}
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

/** What somebody else left in this browser is no part of one's own state, and is not passed over either. */
function Stranded({ works }: { works: readonly StrandedWork[] }) {
  return (
    <>
      {works.map((work) => (
        <p key={`${work.userId} ${work.imageId}`} className="pop-text">
          {strandedText(work, undefined)}
        </p>
      ))}
      <div className="pop-actions">
        <PopClose render={<Button small />} onClick={() => strandedOpen.set(true)}>
          What to do with them
        </PopClose>
      </div>
    </>
  );
}

function Rejected({ reason, rest }: { reason: string; rest: WorkState }) {
  const { actions } = useWorkspace();
  return (
    <>
      <p className="pop-text">{reason}</p>
      <p className="pop-text">Keep a copy before you dismiss it: it is only on this computer.</p>
      {rest.kind === "offline" ? (
        <p className="pop-text">
          {savedTitle(rest)}. {savedMeaning(rest)}
        </p>
      ) : null}
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
