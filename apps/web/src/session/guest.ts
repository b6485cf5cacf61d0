import type { Api } from "../api/index.ts";
import type { User } from "../state/rows.ts";
import { recall, remember } from "../state/scope.ts";

/** The name and colour that this browser remembers. */
export interface KnownPerson {
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
}

export function knownPerson(): KnownPerson | null {
  return recall("person", isPerson);
}

/** Somebody who was signed in in this browser. */
export interface KnownUser {
  readonly id: string;
  readonly name: string;
  readonly guest: boolean;
}

/** As many as a shared computer may see between two times that it is without a network. */
const MOST_USERS = 200;

/** Everybody who was signed in here, newest last: what they could not send is found under their id. */
export function knownUsers(): readonly KnownUser[] {
  return recall("users", isListOfUsers) ?? [];
}

export function rememberUser({ id, name, guest }: KnownUser): void {
  const others = knownUsers().filter((user) => user.id !== id);
  remember("users", [...others, { id, name, guest }].slice(-MOST_USERS));
}

export function rememberPerson({ name, color }: KnownPerson): void {
  remember("person", { name, color });
}

/** Starts a guest session under a name and colour, and remembers both. Rejects with ApiError. */
export async function startGuestSession(api: Api, person: KnownPerson): Promise<User> {
  const key = joinKey();
  const { user } = await api.startGuest({ ...person, ...(key && { key }) });
  rememberPerson(user);
  rememberUser(user);
  forgetJoinKey();
  return user;
}

const JOIN_KEY = "coscope.joinKey";

/**
 * Takes the join secret out of the address (`#key=` or `?key=`), so that it stays out of the history, of
 * copied links and of screenshots. It is kept for this tab until a session has been started with it.
 * Call once, before anything reads the route.
 */
export function takeJoinKey(): void {
  const url = new URL(location.href);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const key = fragment.get("key") ?? url.searchParams.get("key");
  if (key === null) return;
  url.searchParams.delete("key");
  // Cut by hand: URLSearchParams would rewrite the rest of the fragment.
  url.hash = url.hash
    .slice(1)
    .split("&")
    .filter((part) => !part.startsWith("key="))
    .join("&");
  history.replaceState(history.state, "", url);
  try {
    sessionStorage.setItem(JOIN_KEY, key);
  } catch {
    fallbackKey = key;
  }
}

let fallbackKey: string | null = null;

export function joinKey(): string | null {
  try {
    return sessionStorage.getItem(JOIN_KEY) ?? fallbackKey;
  } catch {
    return fallbackKey;
  }
}

function forgetJoinKey(): void {
  fallbackKey = null;
  try {
    sessionStorage.removeItem(JOIN_KEY);
  } catch {
    // It was never kept.
  }
}

function isPerson(value: unknown): value is KnownPerson {
  const person = value as Partial<KnownPerson> | null;
  return (
    typeof person === "object" &&
    typeof person?.name === "string" &&
    /^#[0-9a-f]{6}$/i.test(String(person.color))
  );
}

function isListOfUsers(value: unknown): value is KnownUser[] {
  return (
    Array.isArray(value) &&
    value.every(
      (user: Partial<KnownUser> | null) =>
        typeof user?.id === "string" && typeof user.name === "string" && typeof user.guest === "boolean",
    )
  );
}
