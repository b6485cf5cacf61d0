import type { Target } from "../tool.ts";

const NONE: ReadonlySet<string> = new Set();

/** Corners that were picked, of boxes too, of one annotation. Keeps them while they mean what was picked: a colleague's new outline ends them, one's own does not. */
export function createPicks(target: (id: string) => Target | null) {
  let id = "";
  let keys = NONE;
  let stamp: string | null = null;
  let changing = false;

  const stampOf = (of: string) => target(of)?.annotation.stamps.geometry ?? null;

  return {
    get keys(): ReadonlySet<string> {
      return keys;
    },
    set(of: string, next: Iterable<string>): void {
      id = of;
      keys = new Set(next);
      stamp = stampOf(of);
    },
    clear(): boolean {
      const had = keys.size > 0;
      keys = NONE;
      return had;
    },
    /** An edit of one's own: corners keep their names unless it says otherwise. */
    during(change: () => void): void {
      changing = true;
      try {
        change();
      } finally {
        changing = false;
        stamp = stampOf(id);
      }
    },
    /** @param only what is selected, where that is one annotation */
    check(only: Target | null): void {
      if (changing || keys.size === 0) return;
      if (only?.annotation.id !== id || stampOf(id) !== stamp) keys = NONE;
    },
  };
}

export type Picks = ReturnType<typeof createPicks>;
