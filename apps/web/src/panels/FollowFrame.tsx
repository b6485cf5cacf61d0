import { useStore } from "../hooks/use-store.ts";
import { textOn } from "../ui/color.ts";
import { useWorkspace } from "./workspace-context.ts";

/** While following: a frame in that person's colour, their name, and the way out. */
export function FollowFrame() {
  const workspace = useWorkspace();
  const following = useStore(workspace.following);
  const people = useStore(workspace.people);
  const leader = people.find((person) => person.peerId === following);
  if (!leader || following === null) return null;
  const { name, color } = leader.user;
  return (
    <div
      className="follow-frame"
      style={{ "--person": color, "--on-person": textOn(color) } as React.CSSProperties}
    >
      <p className="follow-tag">
        Following {name}
        <button type="button" className="follow-stop" onClick={() => workspace.actions.follow(null)}>
          Stop <kbd>Esc</kbd>
        </button>
      </p>
    </div>
  );
}
