import { Eye } from "lucide-react";
import { useStore } from "../hooks/use-store.ts";
import type { Person } from "../state/workspace.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Pop } from "../ui/Pop.tsx";
import { Tip } from "../ui/Tip.tsx";
import { plural } from "./format.ts";
import { PeopleList } from "./PeopleList.tsx";
import { useWorkspace } from "./workspace-context.ts";

/** Avatars beyond this number stand in the list only. */
const SHOWN = 4;

/** Who is here. A click on a colleague follows them; one's own disc opens the list and the settings. */
export function People() {
  const workspace = useWorkspace();
  const people = useStore(workspace.people);
  const following = useStore(workspace.following);
  const followers = useStore(workspace.followers);
  const user = useStore(workspace.user);
  const others = people.filter((person) => !person.self);
  const shown = others.slice(0, SHOWN);
  return (
    <div className="people">
      {shown.map((person) => (
        <PersonButton
          key={person.peerId}
          person={person}
          followed={person.peerId === following}
          follower={followers.some((one) => one.peerId === person.peerId)}
          onPress={() => workspace.actions.follow(person.peerId === following ? null : person.peerId)}
        />
      ))}
      <Pop
        title="People here"
        align="end"
        className="people-pop"
        trigger={
          <button
            type="button"
            className="people-self"
            aria-label={`You are ${user.name}. ${plural(people.length || 1, "person", "people")} here${followers.length > 0 ? `, ${followers.length} following you` : ""}`}
          >
            {others.length > shown.length ? (
              <span className="people-more" aria-hidden>
                +{others.length - shown.length}
              </span>
            ) : null}
            {followers.length > 0 ? (
              <span className="people-followers numbers" aria-hidden>
                <Eye size={13} aria-hidden />
                {followers.length}
              </span>
            ) : null}
            <Avatar name={user.name} color={user.color} />
          </button>
        }
      >
        <PeopleList />
      </Pop>
    </div>
  );
}

interface PersonButtonProps {
  person: Person;
  followed: boolean;
  follower: boolean;
  onPress: () => void;
}

function PersonButton({ person, followed, follower, onPress }: PersonButtonProps) {
  const { user } = person;
  const can = followed || (person.broadcasting && person.hasView);
  return (
    <Tip label={tipOf(person, followed, follower)}>
      <button
        type="button"
        className="person"
        aria-label={`Follow ${user.name}${follower ? ", who follows you" : ""}`}
        aria-pressed={followed}
        aria-disabled={!can}
        style={{ "--person": user.color } as React.CSSProperties}
        onClick={() => can && onPress()}
      >
        <Avatar name={user.name} color={user.color} idle={person.idle} />
        {follower ? (
          <span className="person-badge">
            <Eye size={10} strokeWidth={2.5} aria-hidden />
          </span>
        ) : null}
      </button>
    </Tip>
  );
}

function tipOf(person: Person, followed: boolean, follower: boolean): string {
  const name = person.user.name;
  if (followed) return `Following ${name}. Click, pan or Esc stops`;
  const also = follower ? `${name} follows you. ` : "";
  if (!person.broadcasting) return `${also}${name} does not share their view`;
  return also ? `${also}Click to follow back` : `Follow ${name}`;
}
