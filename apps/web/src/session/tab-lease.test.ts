import { expect, test } from "vitest";
import { type LeaseStorage, takeTabLease } from "./tab-lease.ts";

function storageArea() {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

function browser() {
  const shared = storageArea();
  let clock = 1_000_000;
  return {
    later: (ms: number) => {
      clock += ms;
    },
    tab: (own = storageArea()): LeaseStorage & { own: ReturnType<typeof storageArea> } => ({
      shared,
      own,
      now: () => clock,
    }),
  };
}

test("a reloaded tab keeps its id, and so its entries", () => {
  const { tab } = browser();
  const storage = tab();
  const before = takeTabLease(storage);
  before.release();
  const after = takeTabLease(storage);
  expect(after.tabId).toBe(before.tabId);
  after.release();
});

test("a duplicated tab gets an id of its own", () => {
  const { tab } = browser();
  const original = tab();
  const first = takeTabLease(original);
  const copy = storageArea();
  for (const [key, value] of original.own.values) copy.setItem(key, value);
  const second = takeTabLease(tab(copy));
  expect(second.tabId).not.toBe(first.tabId);
  expect(second.isOrphaned(first.tabId)).toBe(false);
  first.release();
  expect(second.isOrphaned(first.tabId)).toBe(true);
  second.release();
});

test("a crashed tab is an orphan only after a long silence; nobody is an orphan to itself", () => {
  const { tab, later } = browser();
  const crashed = takeTabLease(tab());
  const other = takeTabLease(tab());
  later(60_000);
  expect(other.isOrphaned(crashed.tabId)).toBe(false);
  later(60_000);
  expect(other.isOrphaned(crashed.tabId)).toBe(true);
  expect(other.isOrphaned(other.tabId)).toBe(false);
  crashed.release();
  other.release();
});
