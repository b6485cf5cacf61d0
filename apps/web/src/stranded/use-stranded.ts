import { useEffect } from "react";
import { useStore } from "../hooks/use-store.ts";
import { knownUsers } from "../session/guest.ts";
import { openOutboxStore, type TabOutboxStore } from "../session/outbox-store.ts";
import { findStrandedWork, type StrandedWork, strandedWork } from "../session/stranded-work.ts";
import { tabLease } from "../session/tab-lease.ts";

const LOOK_EVERY_MS = 15_000;

let opening: Promise<TabOutboxStore> | null = null;

/** Rejects where the browser keeps nothing on disk: nothing is left there then. */
export function outboxOnDisk(): Promise<TabOutboxStore> {
  opening ??= openOutboxStore();
  return opening;
}

/** Looks for what others than that user left, now. */
export async function lookForStrandedWork(userId: string): Promise<void> {
  const found = await findStrandedWork(await outboxOnDisk(), await tabLease(), userId, knownUsers());
  if (keysOf(found) !== keysOf(strandedWork.get())) strandedWork.set(found);
}

/** What others left, looked for again and again: a tab that had it may end at any time. */
export function useStrandedWork(userId: string): readonly StrandedWork[] {
  useEffect(() => {
    const look = () => {
      lookForStrandedWork(userId).catch(() => {
        // No disk, or one that answers the next time.
      });
    };
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      strandedWork.set([]);
    };
  }, [userId]);
  return useStore(strandedWork);
}

function keysOf(works: readonly StrandedWork[]): string {
  return works.flatMap(({ entries }) => entries.map(({ key }) => key)).join(" ");
}
