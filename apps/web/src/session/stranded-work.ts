import { newStamp } from "@coscope/annotations/document";
import type { OutboxEntry } from "@coscope/annotations/outbox";
import { createStore } from "../state/store.ts";
import type { KnownUser } from "./guest.ts";
import type { TabOutboxStore } from "./outbox-store.ts";
import type { TabLease } from "./tab-lease.ts";

/** Changes in this browser that somebody else made on one image, and that no tab is there to send. */
export interface StrandedWork {
  readonly userId: string;
  /** null where this browser does not know the user. */
  readonly name: string | null;
  /**
   * They were a guest of this browser: nobody can sign in as them again once their session is gone, and it may well be
   * the same person. Whoever is here then may take the changes for their own.
   */
  readonly mayAdopt: boolean;
  readonly imageId: string;
  /** Oldest first; refused ones too. */
  readonly entries: readonly OutboxEntry[];
}

/** What the last look found. For the pill, which must not say that all is well. */
export const strandedWork = createStore<readonly StrandedWork[]>([]);

/** Whether it is shown what can be done with it. */
export const strandedOpen = createStore(true);

/** What people other than `userId` left in this browser. Tabs that are there send theirs, or say why they cannot. */
export async function findStrandedWork(
  store: TabOutboxStore,
  lease: TabLease,
  userId: string,
  known: readonly KnownUser[],
): Promise<readonly StrandedWork[]> {
  const all = await store.ofOthers(userId);
  if (all.length === 0) return [];
  await lease.look(all.map(({ tabId }) => tabId));
  const left = all.filter(({ tabId }) => tabId === lease.tabId || lease.isOrphaned(tabId));
  const groups = Map.groupBy(left, (entry) => `${entry.userId} ${entry.imageId}`);
  return [...groups.values()].map((entries) => {
    const { userId: former, imageId } = entries[0]!;
    const user = known.find(({ id }) => id === former);
    return { userId: former, name: user?.name ?? null, mayAdopt: user?.guest === true, imageId, entries };
  });
}

/**
 * Makes them changes of `userId`, under the ids and stamps that they have: what had arrived is not written again.
 * They are nobody's then; a tab with their image takes them up.
 */
export async function adoptStrandedWork(
  store: TabOutboxStore,
  { entries }: StrandedWork,
  userId: string,
): Promise<void> {
  const tabId = newStamp();
  await store.handOver(entries, (entry) => ({ ...entry, userId, tabId, command: byUser(entry, userId) }));
  for (const callback of [...handedOver]) callback();
}

export async function discardStrandedWork(store: TabOutboxStore, { entries }: StrandedWork): Promise<void> {
  await store.handOver(entries, () => null);
}

function byUser({ command }: OutboxEntry, author: string): OutboxEntry["command"] {
  return command.type === "add" ? { ...command, author } : command;
}

const handedOver = new Set<() => void>();

/** Calls back when changes of somebody else became this page's user's. */
export function onOutboxHandedOver(callback: () => void): () => void {
  handedOver.add(callback);
  return () => {
    handedOver.delete(callback);
  };
}
