import type { PresencePatch } from "@coscope/annotations/presence";

/** Cursor at most 25 Hz, view at most 10 Hz; ghosts ride with the cursor. Who and what at once. */
const INTERVAL_MS: { readonly [K in keyof PresencePatch]-?: number } = {
  cursor: 40,
  ghost: 40,
  view: 100,
  following: 0,
  editing: 0,
  broadcasting: 0,
};

type Field = keyof PresencePatch;

export interface PatchSender {
  /** Takes in changes; each goes out as soon as its rate allows, only its newest value, only if it differs. */
  update(patch: PresencePatch): void;
  /** Sends everything we stand for at once: after a join or a reconnect. */
  resend(): void;
  destroy(): void;
}

export function createPatchSender(
  send: (patch: PresencePatch) => void,
  clock: { now(): number; later(run: () => void, ms: number): () => void } = browserClock,
): PatchSender {
  const current: { [K in Field]?: PresencePatch[K] } = {};
  const sent = new Map<Field, string>();
  const sentAt = new Map<Field, number>();
  const waiting = new Set<Field>();
  let cancelTimer: (() => void) | null = null;

  function flush(): void {
    cancelTimer?.();
    cancelTimer = null;
    const now = clock.now();
    const patch: Record<string, unknown> = {};
    let soonest = Number.POSITIVE_INFINITY;
    for (const field of waiting) {
      const due = (sentAt.get(field) ?? Number.NEGATIVE_INFINITY) + INTERVAL_MS[field];
      if (due > now) {
        soonest = Math.min(soonest, due - now);
        continue;
      }
      waiting.delete(field);
      const value = current[field];
      const text = JSON.stringify(value);
      if (sent.get(field) === text) continue;
      sent.set(field, text);
      sentAt.set(field, now);
      patch[field] = value;
    }
    if (Object.keys(patch).length > 0) send(patch as PresencePatch);
    if (waiting.size > 0) cancelTimer = clock.later(flush, soonest);
  }

  return {
    update(patch) {
      Object.assign(current, patch);
      for (const field of Object.keys(patch) as Field[]) waiting.add(field);
      flush();
    },
    resend() {
      sent.clear();
      sentAt.clear();
      for (const field of Object.keys(current) as Field[]) waiting.add(field);
      flush();
    },
    destroy() {
      cancelTimer?.();
    },
  };
}

const browserClock = {
  now: () => performance.now(),
  later(run: () => void, ms: number) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
