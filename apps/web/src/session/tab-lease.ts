import { newStamp } from "@coscope/annotations/document";

/**
 * Whose outbox entries are whose. Every tab has an id, kept over a reload, and says "alive" in localStorage;
 * entries of a tab that no longer does may be taken over. Where there are Web Locks a tab also holds one, which ends
 * with it however it ends; plain http on a LAN name has none.
 */
export interface TabLease {
  readonly tabId: string;
  /** Finds out which of these tabs are gone though they said "alive" a moment ago. Before `isOrphaned`. */
  look(tabIds: Iterable<string>): Promise<void>;
  /** True when that tab closed, has been silent for too long, or was found to be gone. */
  isOrphaned(tabId: string): boolean;
  release(): void;
}

/** Background tabs are throttled to one timer a minute, so silence must last longer than that. */
const SILENT_MS = 90_000;
const BEAT_MS = 5_000;
/** How long another tab may take to say that an id is its own. */
const ANSWER_MS = 150;
const ID_KEY = "coscope.tab";
const LEASE_PREFIX = "coscope.lease.";
const LOCK_PREFIX = "coscope.tab.";
/** After the time in the lease of a tab that also holds a lock. */
const LOCKED = " locked";

export interface LeaseEnvironment {
  /** localStorage: shared by all tabs */
  readonly shared: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** sessionStorage: this tab's, kept over a reload, copied when the tab is duplicated */
  readonly own: Pick<Storage, "getItem" | "setItem">;
  /** To the other tabs. */
  readonly channel: Pick<BroadcastChannel, "postMessage" | "close"> & {
    onmessage: ((event: MessageEvent) => void) | null;
  };
  readonly now: () => number;
  /** Absent where the page is no secure context. */
  readonly locks?: Pick<LockManager, "query" | "request">;
}

interface Message {
  readonly asks?: string;
  readonly isMine?: string;
}

let pageLease: Promise<TabLease> | null = null;

/** The lease of this page; the same for every image that is opened in it. */
export function tabLease(): Promise<TabLease> {
  pageLease ??= takeTabLease(browserEnvironment());
  return pageLease;
}

export async function takeTabLease(environment: LeaseEnvironment): Promise<TabLease> {
  const { shared, own, channel, now, locks } = environment;
  const remembered = own.getItem(ID_KEY);
  // A duplicated tab starts with a copy of the other's id. The other one answers; a page before a reload cannot.
  const tabId = remembered !== null && !(await isTaken(remembered)) ? remembered : newStamp();
  own.setItem(ID_KEY, tabId);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.asks === tabId) channel.postMessage({ isMine: tabId } satisfies Message);
  };
  let locked = false;
  const releasing = Promise.withResolvers<void>();
  /** Tabs without their lock, and the leases by which they were known: whoever has said more since is back. */
  let gone: ReadonlyMap<string, string> = new Map();
  beat();
  // Not granted at once where the page before a reload still has it.
  locks
    ?.request(LOCK_PREFIX + tabId, () => {
      locked = true;
      beat();
      return releasing.promise;
    })
    .catch(() => {
      // Documents of an opaque origin have none: the lease alone tells.
    });
  const timer = setInterval(beat, BEAT_MS);
  const onPageHide = () => shared.removeItem(LEASE_PREFIX + tabId);
  if (typeof addEventListener === "function") {
    addEventListener("pagehide", onPageHide);
    // A page that comes back from the back/forward cache is alive again.
    addEventListener("pageshow", beat);
  }

  function isTaken(id: string): Promise<boolean> {
    return new Promise((resolve) => {
      const timeout = setTimeout(() => resolve(false), ANSWER_MS);
      channel.onmessage = ({ data }: MessageEvent<Message>) => {
        if (data.isMine !== id) return;
        clearTimeout(timeout);
        resolve(true);
      };
      channel.postMessage({ asks: id } satisfies Message);
    });
  }

  function beat(): void {
    shared.setItem(LEASE_PREFIX + tabId, `${now()}${locked ? LOCKED : ""}`);
  }

  const leaseOf = (other: string): string => shared.getItem(LEASE_PREFIX + other) ?? "0";

  return {
    tabId,
    async look(tabIds) {
      if (!locks) return;
      // Read before the locks are: a lease says "locked" only once its lock is there.
      const leases = [...new Set(tabIds)].map((id) => [id, leaseOf(id)] as const);
      const state = await locks.query().catch(() => null);
      if (!state) return;
      const names = new Set([...(state.held ?? []), ...(state.pending ?? [])].map(({ name }) => name));
      gone = new Map(leases.filter(([id, lease]) => lease.endsWith(LOCKED) && !names.has(LOCK_PREFIX + id)));
    },
    isOrphaned(other) {
      if (other === tabId) return false;
      const lease = leaseOf(other);
      return gone.get(other) === lease || now() - Number.parseFloat(lease) > SILENT_MS;
    },
    release() {
      releasing.resolve();
      clearInterval(timer);
      channel.close();
      if (typeof removeEventListener === "function") {
        removeEventListener("pagehide", onPageHide);
        removeEventListener("pageshow", beat);
      }
      shared.removeItem(LEASE_PREFIX + tabId);
    },
  };
}

function browserEnvironment(): LeaseEnvironment {
  return {
    shared: guarded(() => localStorage),
    own: guarded(() => sessionStorage),
    channel: new BroadcastChannel("coscope.tabs"),
    now: () => Date.now(),
    // Absent in an insecure context, whatever the types say.
    ...("locks" in navigator && { locks: navigator.locks }),
  };
}

/** Storage can be switched off altogether; a tab then is alone in its own world. */
function guarded(open: () => Storage): Storage {
  try {
    const storage = open();
    storage.getItem(ID_KEY);
    return storage;
  } catch {
    const values = new Map<string, string>();
    return {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
      removeItem: (key: string) => void values.delete(key),
    } as Storage;
  }
}
