import { memoryOutboxStore, Outbox } from "@coscope/annotations/outbox";
import type { WritableStore } from "../state/store.ts";
import type { Notices } from "./notices.ts";
import { openOutboxStore, type TabOutboxStore } from "./outbox-store.ts";
import type { OtherWork } from "./saved-state.ts";
import { onOutboxHandedOver } from "./stranded-work.ts";
import type { TabLease } from "./tab-lease.ts";

const CLAIM_EVERY_MS = 15_000;
/** While another tab has something to send: to tell soon that it has. */
const LOOK_EVERY_MS = 2_000;

export interface KeeperOptions {
  readonly userId: string;
  readonly imageId: string;
  readonly lease: TabLease;
  readonly notices: Notices;
  /** How many changes of this person are not this tab's to send. */
  readonly others: WritableStore<OtherWork>;
  /** Entries of a closed tab were taken over. */
  onClaimed(): void;
  /** The store on disk; a test has its own. */
  readonly openStore?: () => Promise<TabOutboxStore>;
}

/** This tab's outbox for one image, with what earlier and crashed tabs left behind. */
export interface OutboxKeeper {
  readonly outbox: Outbox;
  readonly tabId: string;
  /** Without a disk, work that is not saved yet is lost with the tab. */
  readonly onDisk: boolean;
  /** Other images of which this tab, or one that is gone, has work to send. */
  readonly elsewhere: readonly string[];
  destroy(): void;
}

export async function openOutboxKeeper(options: KeeperOptions): Promise<OutboxKeeper> {
  const { userId, imageId, lease, notices, others } = options;
  const { tabId } = lease;
  const store = await (options.openStore ?? openOutboxStore)().catch(() => null);
  const outbox = new Outbox(store ?? memoryOutboxStore(), { userId, tabId });
  if (!store) {
    notices.say({
      tone: "warning",
      text: "This browser keeps nothing on disk: close this tab only when everything is saved.",
    });
    return { outbox, tabId, onDisk: false, elsewhere: [], destroy: () => {} };
  }

  let timer: ReturnType<typeof setTimeout>;
  let alive = true;
  let lookedAt = 0;

  async function claim(disk: TabOutboxStore, own: boolean): Promise<number> {
    const { isOrphaned } = lease;
    await lease.look((await disk.list({ userId })).map((entry) => entry.tabId));
    const entries = await disk.claim({ userId, imageId, tabId, own, isOrphaned });
    await Promise.all(entries.map((entry) => outbox.add(entry)));
    lookedAt = Date.now();
    return entries.length;
  }

  /** What is on disk and not this tab's. */
  async function count(disk: TabOutboxStore): Promise<readonly string[]> {
    const waiting = (await disk.list({ userId })).filter(({ rejected }) => !rejected);
    const here = waiting.filter((entry) => entry.imageId === imageId && entry.tabId !== tabId).length;
    const elsewhere = waiting.filter((entry) => entry.imageId !== imageId);
    const next = { here, elsewhere: elsewhere.length };
    const now = others.get();
    if (now.here !== next.here || now.elsewhere !== next.elsewhere) others.set(next);
    const unsent = elsewhere.filter((entry) => entry.tabId === tabId || lease.isOrphaned(entry.tabId));
    return [...new Set(unsent.map((entry) => entry.imageId))];
  }

  async function round(disk: TabOutboxStore, soon: boolean): Promise<void> {
    try {
      const due = soon || Date.now() - lookedAt >= CLAIM_EVERY_MS;
      // What this page has in memory is newer than its own entries on disk: only others' count.
      if (due && (await claim(disk, false)) > 0 && alive) options.onClaimed();
      await count(disk);
    } catch {
      // The disk may answer the next time.
    }
    plan(disk);
  }

  function plan(disk: TabOutboxStore, soon = false): void {
    clearTimeout(timer);
    if (!alive) return;
    const { here, elsewhere } = others.get();
    const rest = here + elsewhere > 0 ? LOOK_EVERY_MS : CLAIM_EVERY_MS;
    timer = setTimeout(() => void round(disk, soon), soon ? 0 : rest);
  }

  await claim(store, true);
  const elsewhere = await count(store);
  plan(store);
  const stop = onOutboxHandedOver(() => plan(store, true));
  return {
    outbox,
    tabId,
    onDisk: true,
    elsewhere,
    destroy() {
      alive = false;
      clearTimeout(timer);
      stop();
    },
  };
}
