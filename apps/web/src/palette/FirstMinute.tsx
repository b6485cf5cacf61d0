import { X } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { keysOf } from "../panels/key-labels.ts";
import { useWorkspace } from "../panels/workspace-context.ts";
import { Button } from "../ui/Button.tsx";
import { Keys } from "../ui/Keys.tsx";
import { rememberSteps, STEPS, type Step, stepsDone, watchSteps } from "./first-minute.ts";
import "./first-minute.css";

/** Three hints for who is here for the first time; each goes when it was done, all of them for ever with the cross. */
export function FirstMinute() {
  const workspace = useWorkspace();
  const userId = workspace.user.get().id;
  const [done, setDone] = useState(() => stepsDone(userId));
  const step = STEPS.find((one) => !done.includes(one));
  const over = step === undefined;

  useEffect(() => {
    if (done.length > 0) rememberSteps(userId, done);
  }, [userId, done]);
  useEffect(() => {
    if (over) return;
    return watchSteps(workspace, (which) =>
      setDone((before) => (before.includes(which) ? before : [...before, which])),
    );
  }, [workspace, over]);

  if (over) return null;
  const words: { readonly [S in Step]: ReactNode } = {
    look: (
      <span>
        Wheel: zoom. <kbd>Space</kbd> and drag: move.
      </span>
    ),
    draw: (
      <span>
        Outline something: <Keys keys={keysOf("tool.polygon") ?? []} /> and click its corners, or{" "}
        <Keys keys={keysOf("tool.wand") ?? []} /> and press on it.
      </span>
    ),
    share: (
      <>
        <span>Draw together: send the link.</span>
        <Button
          small
          onClick={() => {
            workspace.actions.copyLink();
            setDone((before) => [...before, "share"]);
          }}
        >
          Copy link
        </Button>
      </>
    ),
  };
  return (
    <aside className="first-minute" aria-label="First steps">
      <span className="first-minute-count numbers" aria-hidden>
        {STEPS.indexOf(step) + 1}/{STEPS.length}
      </span>
      {words[step]}
      <button
        type="button"
        className="icon-button icon-button-small"
        aria-label="No more first steps"
        onClick={() => setDone(STEPS)}
      >
        <X size={14} aria-hidden />
      </button>
    </aside>
  );
}
