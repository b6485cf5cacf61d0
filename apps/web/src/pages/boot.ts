import { createApi, errorSentence } from "../api/index.ts";
import { knownPerson, rememberUser, startGuestSession, takeJoinKey } from "../session/guest.ts";
import type { User } from "../state/rows.ts";

export const api = createApi();

/** What the page knows about the person before anything is drawn. */
export type Boot =
  | { readonly kind: "here"; readonly user: User }
  | { readonly kind: "stranger" }
  | { readonly kind: "failed"; readonly text: string };

/** The session that exists, or a new one under the remembered name: people are asked once per browser. */
export async function boot(): Promise<Boot> {
  takeJoinKey();
  try {
    const session = await api.session();
    if (session) {
      rememberUser(session.user);
      return { kind: "here", user: session.user };
    }
  } catch (error) {
    return { kind: "failed", text: errorSentence(error) };
  }
  const person = knownPerson();
  if (person) {
    try {
      return { kind: "here", user: await startGuestSession(api, person) };
    } catch {
      // The welcome page tries the same again and says why it fails.
    }
  }
  return { kind: "stranger" };
}
