import { memoryOutboxStore, Outbox, type OutboxEntry } from "@coscope/annotations/outbox";
import type { Notices } from "./notices.ts";
import { openOutboxStore, type TabOutboxStore } from "./outbox-store.ts";
import type { TabLease } from "./tab-lease.ts";

const CLAIM_EVERY_MS = 15_000;

export interface KeeperOptions {
  readonly userId: string;
  readonly imageId: string;
  readonly lease: TabLease;
  readonly notices: Notices;
  /** Entries of a closed tab were taken over. */
  onClaimed(): void;
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
  const { userId, imageId, lease, notices } = options;
  const store = await openOutboxStore().catch(() => null);
  const outbox = new Outbox(store ?? memoryOutboxStore(), { userId, tabId: lease.tabId });
  if (!store) {
    notices.say({
      tone: "warning",
      text: "This browser keeps nothing on disk: close this tab only when everything is saved.",
    });
    return { outbox, tabId: lease.tabId, onDisk: false, elsewhere: [], destroy: () => {} };
  }

  async function claim(disk: TabOutboxStore, own: boolean): Promise<number> {
    const { tabId, isOrphaned } = lease;
    const entries = await disk.claim({ userId, imageId, tabId, own, isOrphaned });
    await Promise.all(entries.map((entry: OutboxEntry) => outbox.add(entry)));
    return entries.length;
  }

  await claim(store, true);
  const timer = setInterval(() => {
    // What this page has in memory is newer than its own entries on disk: only others' count.
    claim(store, false).then(
      (count) => count > 0 && options.onClaimed(),
      () => {},
    );
  }, CLAIM_EVERY_MS);
  const all = await store.list({ userId });
  const waiting = all.filter(({ imageId: other, tabId, rejected }) => {
    return other !== imageId && !rejected && (tabId === lease.tabId || lease.isOrphaned(tabId));
  });
  const elsewhere = [...new Set(waiting.map(({ imageId: other }) => other))];
  return { outbox, tabId: lease.tabId, onDisk: true, elsewhere, destroy: () => clearInterval(timer) };
}
