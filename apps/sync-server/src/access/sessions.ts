import { createHash } from "node:crypto";
import { DrizzlePostgreSQLAdapter } from "@lucia-auth/adapter-drizzle";
import { eq } from "drizzle-orm";
import { Lucia, TimeSpan } from "lucia";
import { newId, newSecret } from "../store/ids.ts";
import { appUser, member, session } from "../store/schema.ts";
import type { Database } from "../store/store.ts";
import { DEFAULT_WORKSPACE } from "../store/workspaces.ts";
import type { Actor, Role, User } from "./can.ts";

// Lucia 3 no longer evolves: nothing outside this file knows about it.

interface UserAttributes {
  name: string;
  color: string;
  guest: boolean;
}

declare module "lucia" {
  interface Register {
    Lucia: Lucia<Record<never, never>, UserAttributes>;
    DatabaseUserAttributes: UserAttributes;
  }
}

/** A signed-in actor. `sessionId` is the hash of the token, safe to keep and to compare. */
export interface SessionActor extends Actor {
  readonly user: User;
  readonly sessionId: string;
}

export interface Sessions {
  /** A new guest in the default workspace. `token` is the only copy of the credential. */
  startGuest(profile: { name: string; color: string }): Promise<{ actor: SessionActor; token: string }>;
  /** null for a token that is unknown, expired or ended. */
  validate(token: string): Promise<SessionActor | null>;
  updateUser(
    actor: SessionActor,
    change: { name?: string | undefined; color?: string | undefined },
  ): Promise<User>;
  end(sessionId: string): Promise<void>;
  /** Forgets sessions that ended by themselves. */
  prune(): Promise<void>;
  /** Called with the ids of sessions that ended, so that sockets can be closed at once. */
  onEnd(listener: (sessionId: string) => void): void;
  /** Called after a user changed name or colour. */
  onUserChange(listener: (user: User) => void): void;
}

/** Tokens are checked at most this often: a page asks for hundreds of tiles a second. */
const CACHE_MS = 10_000;
const CACHE_ENTRIES = 2_000;
const EXPIRES = new TimeSpan(90, "d");

export function createSessions(db: Database): Sessions {
  const lucia = new Lucia(new DrizzlePostgreSQLAdapter(db, session, appUser), {
    sessionExpiresIn: EXPIRES,
    getUserAttributes: ({ name, color, guest }) => ({ name, color, guest }),
  });
  const cache = new Map<string, { actor: SessionActor; until: number }>();
  const endListeners: ((sessionId: string) => void)[] = [];
  const userListeners: ((user: User) => void)[] = [];

  function remember(actor: SessionActor): SessionActor {
    if (cache.size >= CACHE_ENTRIES) cache.delete(cache.keys().next().value!);
    cache.set(actor.sessionId, { actor, until: Date.now() + CACHE_MS });
    return actor;
  }

  return {
    async startGuest(profile) {
      const user: User = { id: newId(), ...profile, guest: true };
      const role: Role = "editor";
      const token = newSecret();
      const sessionId = hashToken(token);
      await db.transaction(async (tx) => {
        await tx.insert(appUser).values(user);
        await tx.insert(member).values({ workspaceId: DEFAULT_WORKSPACE, userId: user.id, role });
      });
      await lucia.createSession(user.id, {}, { sessionId });
      return { actor: remember({ user, roles: new Map([[DEFAULT_WORKSPACE, role]]), sessionId }), token };
    },

    async validate(token) {
      const sessionId = hashToken(token);
      const cached = cache.get(sessionId);
      if (cached && cached.until > Date.now()) return cached.actor;
      cache.delete(sessionId);
      const { user } = await lucia.validateSession(sessionId);
      if (!user) return null;
      const roles = await db.select().from(member).where(eq(member.userId, user.id));
      const { id, name, color, guest } = user;
      return remember({
        user: { id, name, color, guest },
        roles: new Map(roles.map((row) => [row.workspaceId, row.role])),
        sessionId,
      });
    },

    async updateUser(actor, change) {
      const fields = {
        name: change.name ?? actor.user.name,
        color: change.color ?? actor.user.color,
      };
      await db.update(appUser).set(fields).where(eq(appUser.id, actor.user.id));
      for (const [key, { actor: cached }] of cache) if (cached.user.id === actor.user.id) cache.delete(key);
      const user = { ...actor.user, ...fields };
      for (const listener of userListeners) listener(user);
      return user;
    },

    async end(sessionId) {
      cache.delete(sessionId);
      await lucia.invalidateSession(sessionId);
      for (const listener of endListeners) listener(sessionId);
    },

    prune: () => lucia.deleteExpiredSessions(),

    onEnd: (listener) => void endListeners.push(listener),
    onUserChange: (listener) => void userListeners.push(listener),
  };
}

/** The id under which a token's session is stored: what leaks from the database cannot sign anybody in. */
function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
