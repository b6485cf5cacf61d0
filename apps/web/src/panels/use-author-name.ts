import { useStore } from "../hooks/use-store.ts";
import { useWorkspace } from "./workspace-context.ts";

/** The name of a user id, as far as the page knows it: oneself and who is here now. */
export function useAuthorName(): (userId: string) => string {
  const workspace = useWorkspace();
  const user = useStore(workspace.user);
  const people = useStore(workspace.people);
  return (userId) => {
    if (userId === user.id) return "You";
    return people.find((person) => person.user.id === userId)?.user.name ?? "Someone not here now";
  };
}
