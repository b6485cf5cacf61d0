import { newStamp } from "@coscope/annotations/document";

/**
 * Whose outbox entries are whose. Every tab has an id, kept over a reload, and says "alive" in localStorage;
 * entries of a tab that no longer does may be taken over. Works without Web Locks, which plain http on a LAN name
 * does not have.
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
/** How long another tab may take to say that an id is its own. */
const ANSWER_MS = 150;
const ID_KEY = "coscope.tab";
const LEASE_PREFIX = "coscope.lease.";

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
  const { shared, own, channel, now } = environment;
  const remembered = own.getItem(ID_KEY);
  // A duplicated tab starts with a copy of the other's id. The other one answers; a page before a reload cannot.
  const tabId = remembered !== null && !(await isTaken(remembered)) ? remembered : newStamp();
  own.setItem(ID_KEY, tabId);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.asks === tabId) channel.postMessage({ isMine: tabId } satisfies Message);
  };
  beat();
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
    shared.setItem(LEASE_PREFIX + tabId, String(now()));
  }

  return {
    tabId,
    isOrphaned(other) {
      if (other === tabId) return false;
      return now() - Number(shared.getItem(LEASE_PREFIX + other) ?? 0) > SILENT_MS;
    },
    release() {
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
