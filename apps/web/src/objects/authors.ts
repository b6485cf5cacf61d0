import type { Api } from "../api/index.ts";
import { createStore, type Store } from "../state/store.ts";
import type { Workspace } from "../state/workspace.ts";

/** The server answers for this many at once. */
const AT_ONCE = 100;

export interface Authors {
  /** Changes when names came. */
  readonly names: Store<ReadonlyMap<string, string>>;
  nameOf(id: string): string;
  /** Asks for those whose names are not known yet. */
  need(ids: Iterable<string>): void;
}

const GUEST = "Unknown";

/** Who drew: people who are here, and from the server those who are not. */
export function createAuthors(
  api: Pick<Api, "users">,
  { user, people }: Pick<Workspace, "user" | "people">,
): Authors {
  const names = createStore<ReadonlyMap<string, string>>(new Map());
  const asked = new Set<string>();

  async function ask(ids: readonly string[]): Promise<void> {
    try {
      const users = await api.users(ids);
      if (users.length > 0)
        names.set((known) => new Map([...known, ...users.map((u) => [u.id, u.name] as const)]));
    } catch {
      // Offline, perhaps: the next change asks again.
      for (const id of ids) asked.delete(id);
    }
  }

  return {
    names,
    nameOf(id) {
      if (id === user.get().id) return "You";
      const present = people.get().find((person) => person.user.id === id);
      return present?.user.name ?? names.get().get(id) ?? GUEST;
    },
    need(ids) {
      const fresh = [...new Set(ids)].filter((id) => /^[\w-]{1,40}$/.test(id) && !asked.has(id));
      for (const id of fresh) asked.add(id);
      for (let i = 0; i < fresh.length; i += AT_ONCE) void ask(fresh.slice(i, i + AT_ONCE));
    },
  };
}
