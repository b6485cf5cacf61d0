import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createStore } from "../state/store.ts";
import type { SavedState } from "../state/workspace.ts";
import { createSteadySaved } from "./steady-saved.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function following() {
  const saved = createStore<SavedState>({ kind: "saved" });
  const steady = createSteadySaved(saved);
  const seen: string[] = [];
  steady.shown.subscribe(() => seen.push(steady.shown.get().kind));
  steady.follow();
  return { saved, shown: steady.shown, seen };
}

test("a quick send shows at once: saved is never said of what is not", () => {
  const { saved, shown, seen } = following();
  saved.set({ kind: "sending", queued: 1 });
  expect(shown.get().kind).toBe("sending");
  vi.advanceTimersByTime(20);
  saved.set({ kind: "saved" });
  vi.advanceTimersByTime(2000);
  expect(seen).toEqual(["sending", "saved"]);
});

test("a stream of edits shows as one send, and stays long enough to be read", () => {
  const { saved, shown, seen } = following();
  for (let queued = 1; queued <= 5; queued++) {
    saved.set({ kind: "sending", queued });
    vi.advanceTimersByTime(100);
  }
  expect(shown.get()).toEqual({ kind: "sending", queued: 5 });
  saved.set({ kind: "saved" });
  expect(shown.get().kind).toBe("sending");
  vi.advanceTimersByTime(1000);
  expect(seen.at(-1)).toBe("saved");
  expect(seen.filter((kind) => kind === "saved")).toHaveLength(1);
});

test("bad news shows at once", () => {
  const { saved, shown } = following();
  saved.set({ kind: "offline", why: "network", queued: 2 });
  expect(shown.get()).toEqual({ kind: "offline", why: "network", queued: 2 });
  saved.set({ kind: "rejected", count: 1, reason: "locked", rest: { kind: "saved" } });
  expect(shown.get().kind).toBe("rejected");
});
