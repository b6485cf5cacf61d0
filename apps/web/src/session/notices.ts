import { createStore, type Store } from "../state/store.ts";
import type { Notice } from "../state/workspace.ts";

/** How long a notice that is not sticky stays. Pointing at it does not extend it: nothing in it must be read. */
const SHOWN_MS = 7_000;

export interface Notices {
  readonly store: Store<readonly Notice[]>;
  /** Says something once: a notice with the id of one on screen takes its place. */
  say(notice: Omit<Notice, "id" | "sticky"> & { id?: string; sticky?: boolean }): string;
  dismiss(id: string): void;
  destroy(): void;
}

export function createNotices(): Notices {
  const store = createStore<readonly Notice[]>([]);
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  let count = 0;

  function dismiss(id: string): void {
    clearTimeout(timers.get(id));
    timers.delete(id);
    store.set((notices) => notices.filter((notice) => notice.id !== id));
  }

  return {
    store,
    say(content) {
      count += 1;
      const notice: Notice = { sticky: false, ...content, id: content.id ?? `notice-${count}` };
      clearTimeout(timers.get(notice.id));
      timers.delete(notice.id);
      store.set((notices) => [...notices.filter((other) => other.id !== notice.id), notice]);
      if (!notice.sticky)
        timers.set(
          notice.id,
          setTimeout(() => dismiss(notice.id), SHOWN_MS),
        );
      return notice.id;
    },
    dismiss,
    destroy() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
