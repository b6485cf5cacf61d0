import { newStamp } from "@coscope/annotations/document";

/**
 * Whose outbox entries are whose. Every tab has an id and says "alive" in localStorage; entries of a tab that no
 * longer does may be taken over. Works without Web Locks, which plain http on a LAN name does not have.
 */
export interface TabLease {
  readonly tabId: string;
  /** True when that tab closed, or has been silent for too long. */
  isOrphaned(tabId: string): boolean;
  release(): void;
}

/** Background tabs are throttled to one timer a minute, so silence must last longer than that. */
const SILENT_MS = 90_000;
const BEAT_MS = 5_000;
const ID_KEY = "coscope.tab";
const LEASE_PREFIX = "coscope.lease.";

export interface LeaseStorage {
  /** localStorage: shared by all tabs */
  readonly shared: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** sessionStorage: this tab's, kept over a reload, copied when the tab is duplicated */
  readonly own: Pick<Storage, "getItem" | "setItem">;
  readonly now: () => number;
}

export function takeTabLease(storage: LeaseStorage = browserStorage()): TabLease {
  const remembered = storage.own.getItem(ID_KEY);
  // A live lease under our remembered id belongs to the tab that this one was duplicated from, or to ourselves
  // before a crash; in both cases a new id is right, and the old entries are claimed when the lease runs out.
  const tabId = remembered !== null && isOrphaned(remembered) ? remembered : newStamp();
  storage.own.setItem(ID_KEY, tabId);
  beat();
  const timer = setInterval(beat, BEAT_MS);
  const onPageHide = () => storage.shared.removeItem(LEASE_PREFIX + tabId);
  if (typeof addEventListener === "function") {
    addEventListener("pagehide", onPageHide);
    // A page that comes back from the back/forward cache is alive again.
    addEventListener("pageshow", beat);
  }

  function beat(): void {
    storage.shared.setItem(LEASE_PREFIX + tabId, String(storage.now()));
  }

  function isOrphaned(other: string): boolean {
    const seen = Number(storage.shared.getItem(LEASE_PREFIX + other) ?? 0);
    return storage.now() - seen > SILENT_MS;
  }

  return {
    tabId,
    isOrphaned: (other) => other !== tabId && isOrphaned(other),
    release() {
      clearInterval(timer);
      if (typeof removeEventListener === "function") {
        removeEventListener("pagehide", onPageHide);
        removeEventListener("pageshow", beat);
      }
      storage.shared.removeItem(LEASE_PREFIX + tabId);
    },
  };
}

function browserStorage(): LeaseStorage {
  return {
    shared: guarded(() => localStorage),
    own: guarded(() => sessionStorage),
    now: () => Date.now(),
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
