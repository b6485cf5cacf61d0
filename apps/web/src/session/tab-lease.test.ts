import { expect, test } from "vitest";
import { type LeaseEnvironment, takeTabLease } from "./tab-lease.ts";

function storageArea() {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

let browsers = 0;

/** Tabs that share a storage and, through Node's own BroadcastChannel, messages. */
function browser() {
  const shared = storageArea();
  browsers += 1;
  const name = `tabs-${browsers}`;
  let clock = 1_000_000;
  return {
    later: (ms: number) => {
      clock += ms;
    },
    tab(own = storageArea()): LeaseEnvironment & { own: ReturnType<typeof storageArea> } {
      return { shared, own, now: () => clock, channel: new BroadcastChannel(name) };
    },
  };
}

test("a reloaded tab keeps its id, and so its entries, whether or not its lease was given back", async () => {
  const { tab } = browser();
  const own = storageArea();
  const before = await takeTabLease(tab(own));
  before.release();
  const after = await takeTabLease(tab(own));
  expect(after.tabId).toBe(before.tabId);
  // Killed rather than closed: the lease is still fresh, but nobody answers.
  const crashed = tab(own);
  crashed.shared.setItem(`coscope.lease.${after.tabId}`, String(crashed.now()));
  after.release();
  const again = await takeTabLease(crashed);
  expect(again.tabId).toBe(before.tabId);
  again.release();
});

test("a duplicated tab gets an id of its own", async () => {
  const { tab } = browser();
  const original = tab();
  const first = await takeTabLease(original);
  const copy = storageArea();
  for (const [key, value] of original.own.values) copy.setItem(key, value);
  const second = await takeTabLease(tab(copy));
  expect(second.tabId).not.toBe(first.tabId);
  expect(second.isOrphaned(first.tabId)).toBe(false);
  first.release();
  expect(second.isOrphaned(first.tabId)).toBe(true);
  second.release();
});

test("a crashed tab is an orphan only after a long silence; nobody is an orphan to itself", async () => {
  const { tab, later } = browser();
  const crashed = await takeTabLease(tab());
  const other = await takeTabLease(tab());
  later(60_000);
  expect(other.isOrphaned(crashed.tabId)).toBe(false);
  later(60_000);
  expect(other.isOrphaned(crashed.tabId)).toBe(true);
  expect(other.isOrphaned(other.tabId)).toBe(false);
  crashed.release();
  other.release();
});

/** Web Locks as tabs of one browser have them; `crash` lets go of what somebody holds. */
function lockManager() {
  const held = new Set<string>();
  const locks = {
    request: async (name: string, work: () => Promise<void>) => {
      held.add(name);
      await work();
      held.delete(name);
    },
    query: async () => ({ held: [...held].map((name) => ({ name })), pending: [] }),
  } as unknown as NonNullable<LeaseEnvironment["locks"]>;
  return { locks, crash: (tabId: string) => held.delete(`coscope.tab.${tabId}`) };
}

test("where there are Web Locks a crashed tab is an orphan at once, and one that is back is none", async () => {
  const { tab, later } = browser();
  const { locks, crash } = lockManager();
  const own = storageArea();
  const first = await takeTabLease({ ...tab(own), locks });
  const other = await takeTabLease({ ...tab(), locks });
  await other.look([first.tabId]);
  expect(other.isOrphaned(first.tabId)).toBe(false);
  crash(first.tabId);
  await other.look([first.tabId]);
  expect(other.isOrphaned(first.tabId)).toBe(true);
  // Its id answers no more in a browser that was killed.
  later(1_000);
  own.setItem("coscope.tab", first.tabId);
  const lonely = new BroadcastChannel("elsewhere");
  const back = await takeTabLease({ ...tab(own), channel: lonely, locks });
  expect(back.tabId).toBe(first.tabId);
  expect(other.isOrphaned(back.tabId)).toBe(false);
  for (const lease of [first, other, back]) lease.release();
});

test("a tab without a lock is judged by its lease alone", async () => {
  const { tab } = browser();
  const { locks } = lockManager();
  const plain = await takeTabLease(tab());
  const other = await takeTabLease({ ...tab(), locks });
  await other.look([plain.tabId]);
  expect(other.isOrphaned(plain.tabId)).toBe(false);
  plain.release();
  other.release();
});
