import { Info, TriangleAlert, X } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import type { Notice, NoticeAction } from "../state/workspace.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** Older ones wait until there is room. */
const SHOWN = 3;

/** What happened without being asked for, newest below; each with what can be done about it. */
export function Notices() {
  const notices = useStore(useWorkspace().notices);
  return (
    <div role="log" aria-label="Notices">
      <ol className="notices">
        {notices.slice(-SHOWN).map((notice) => (
          <NoticeCard key={notice.id} notice={notice} />
        ))}
      </ol>
    </div>
  );
}

function NoticeCard({ notice }: { notice: Notice }) {
  const { actions } = useWorkspace();
  const run = (action: NoticeAction) => {
    action.run();
    actions.dismissNotice(notice.id);
  };
  return (
    <li className="notice" data-tone={notice.tone}>
      {notice.tone === "info" ? <Info size={15} aria-hidden /> : <TriangleAlert size={15} aria-hidden />}
      <div className="notice-body">
        <p>{notice.text}</p>
        {notice.next || notice.secondary ? (
          <div className="notice-actions">
            {notice.next ? <NoticeButton action={notice.next} onRun={run} /> : null}
            {notice.secondary ? <NoticeButton action={notice.secondary} quiet onRun={run} /> : null}
          </div>
        ) : null}
      </div>
      <IconButton small label="Dismiss" onClick={() => actions.dismissNotice(notice.id)}>
        <X size={14} aria-hidden />
      </IconButton>
    </li>
  );
}

interface NoticeButtonProps {
  action: NoticeAction;
  quiet?: boolean;
  onRun: (action: NoticeAction) => void;
}

function NoticeButton({ action, quiet = false, onRun }: NoticeButtonProps) {
  return (
    <Button small tone={quiet ? "quiet" : "plain"} onClick={() => onRun(action)}>
      {action.label}
    </Button>
  );
}
