import { createPacer } from "../bucket.ts";

/**
 * What one user may cost, whatever the number of their sockets: so much at once, so much a second on the average. Who
 * needs more is read from more slowly, and loses nothing: a stroke, an import of 100,000 annotations and a day's work
 * offline pass at once.
 */
const UPDATES = { perSecond: 500, burst: 10_000 };
const BYTES = { perSecond: 2 << 20, burst: 64 << 20 };
/** Deciding about updates: a quarter of the time that there is for everybody. */
const WORK_MS = { perSecond: 250, burst: 10_000 };
/** SyncStep1 makes us encode a document. A page asks once a layer when it connects. */
const QUESTIONS = { perSecond: 5, burst: 600 };
/** A layer joined, and each MiB of it: each is looked up, loaded, and unloaded again. A page joins 200 at most. */
const JOINS = { perSecond: 20, burst: 2_000 };

export interface Usage {
  readonly updates?: number;
  readonly bytes?: number;
  readonly workMs?: number;
  readonly questions?: number;
  readonly joins?: number;
}

/** Notes what a user cost and returns how long to read nothing from them, in ms. */
export type Meter = (userId: string, usage: Usage) => number;

export function createMeter(nowMs?: () => number): Meter {
  const pacer = ({ perSecond, burst }: typeof UPDATES) => createPacer(perSecond, burst, nowMs);
  const pace = {
    updates: pacer(UPDATES),
    bytes: pacer(BYTES),
    workMs: pacer(WORK_MS),
    questions: pacer(QUESTIONS),
    joins: pacer(JOINS),
  } satisfies Record<keyof Usage, unknown>;
  return (userId, usage) => {
    const waits = (Object.keys(usage) as (keyof Usage)[]).map((what) => pace[what](userId, usage[what]!));
    return Math.max(0, ...waits);
  };
}
