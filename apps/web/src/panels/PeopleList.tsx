import { useStore } from "../hooks/use-store.ts";
import type { Person } from "../state/workspace.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Button } from "../ui/Button.tsx";
import { Toggle } from "../ui/Toggle.tsx";
import { Profile } from "./Profile.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** Everybody in the image with what they do, and one's own name, colour, sharing and theme. */
export function PeopleList() {
  const workspace = useWorkspace();
  const people = useStore(workspace.people);
  const following = useStore(workspace.following);
  const broadcasting = useStore(workspace.broadcasting);
  const user = useStore(workspace.user);
  const others = people.filter((person) => !person.self);
  return (
    <>
      {others.length === 0 ? (
        <p className="pop-text">Only you so far. Share the link, and your colleagues appear here.</p>
      ) : (
        <ul className="person-list">
          {others.map((person) => (
            <PersonRow
              key={person.peerId}
              person={person}
              doing={doingOf(person, people)}
              followed={person.peerId === following}
            />
          ))}
        </ul>
      )}
      <div className="pop-section">
        <Toggle checked={broadcasting} onChange={workspace.actions.setBroadcasting}>
          Let others follow my view
        </Toggle>
      </div>
      <Profile user={user} onChange={(change) => void workspace.actions.setUser(change)} />
    </>
  );
}

function PersonRow({ person, doing, followed }: { person: Person; doing: string; followed: boolean }) {
  const { actions } = useWorkspace();
  const can = followed || (person.broadcasting && person.hasView);
  return (
    <li className="person-row">
      <Avatar name={person.user.name} color={person.user.color} idle={person.idle} />
      <span className="person-words">
        <span className="truncate">{person.user.name}</span>
        {doing ? <span className="person-doing truncate">{doing}</span> : null}
      </span>
      <Button
        small
        disabled={!can}
        aria-label={`${followed ? "Stop following" : "Follow"} ${person.user.name}`}
        onClick={() => actions.follow(followed ? null : person.peerId)}
      >
        {followed ? "Stop" : "Follow"}
      </Button>
    </li>
  );
}

function doingOf(person: Person, people: readonly Person[]): string {
  const leader = people.find((other) => other.peerId === person.following && person.following !== 0);
  if (leader) return leader.self ? "follows you" : `follows ${leader.user.name}`;
  if (!person.broadcasting) return "does not share their view";
  return person.idle ? "away" : "";
}
