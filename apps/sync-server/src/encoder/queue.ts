import { ServerError } from "../errors.ts";

/** Why an embedding is wanted: somebody waits, might wait soon, or nobody does yet. */
export const PURPOSES = ["click", "hover", "prefetch"] as const;
export type Purpose = (typeof PURPOSES)[number];
const rank = (purpose: Purpose) => PURPOSES.indexOf(purpose);

export interface QueueLimits {
  /** Regions that one person may have waiting. */
  readonly perUser: number;
  /** Of all people. */
  readonly total: number;
}

export interface Waiter<Result> {
  readonly userId: string;
  readonly purpose: Purpose;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** One region to be encoded, for everybody who waits for it. */
export interface Entry<Job, Result> {
  readonly key: string;
  readonly job: Job;
  readonly seq: number;
  readonly waiters: Set<Waiter<Result>>;
  /** Stops the work when nobody waits any more. */
  readonly abort: AbortController;
  running: boolean;
  /** How often a worker began with it. */
  attempts: number;
}

export interface Ask<Job> {
  readonly key: string;
  readonly job: Job;
  readonly userId: string;
  readonly purpose: Purpose;
  readonly signal?: AbortSignal;
}

/**
 * What waits to be encoded. Who asks for what somebody waits for joins. Clicks go before hovers, hovers before
 * prefetches; among those of one kind people take turns. What is too much is refused: the least urgent first, then
 * of whoever holds most.
 */
export class EncodeQueue<Job, Result> {
  readonly #entries = new Map<string, Entry<Job, Result>>();
  readonly #limits: QueueLimits;
  /** When a person's work was taken last: who waited longest is next. */
  readonly #served = new Map<string, number>();
  #seq = 0;
  #turn = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return [...this.#entries.values()].filter((entry) => !entry.running).length;
  }

  get running(): number {
    return this.#entries.size - this.waiting;
  }

  /** Resolves when somebody calls `settle`. Rejects with "too-many-requests", or the signal's reason. */
  ask({ key, job, userId, purpose, signal }: Ask<Job>): { joined: boolean; result: Promise<Result> } {
    const found = this.#entries.get(key);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    if (signal?.aborted) {
      reject(signal.reason);
      return { joined: false, result: promise };
    }
    try {
      this.#makeRoom(userId, purpose, found === undefined);
    } catch (error) {
      reject(error);
      return { joined: false, result: promise };
    }
    const entry: Entry<Job, Result> = found ?? {
      key,
      job,
      seq: this.#seq++,
      waiters: new Set(),
      abort: new AbortController(),
      running: false,
      attempts: 0,
    };
    this.#entries.set(key, entry);
    const leave = () => {
      this.#drop(entry, waiter);
      reject(signal?.reason);
    };
    const settled = () => signal?.removeEventListener("abort", leave);
    const waiter: Waiter<Result> = {
      userId,
      purpose,
      resolve(result) {
        settled();
        resolve(result);
      },
      reject(error) {
        settled();
        reject(error);
      },
    };
    signal?.addEventListener("abort", leave, { once: true });
    entry.waiters.add(waiter);
    return { joined: found !== undefined, result: promise };
  }

  /** The next one to be worked on, at most as lazy as `laziest`; null when there is none that `may` be. */
  take(
    laziest: Purpose = "prefetch",
    may: (entry: Entry<Job, Result>) => boolean = () => true,
  ): Entry<Job, Result> | null {
    for (const purpose of PURPOSES.slice(0, rank(laziest) + 1)) {
      let best: { entry: Entry<Job, Result>; userId: string; served: number } | null = null;
      for (const entry of this.#entries.values()) {
        if (entry.running || !may(entry)) continue;
        for (const waiter of entry.waiters) {
          if (waiter.purpose !== purpose) continue;
          const served = this.#served.get(waiter.userId) ?? 0;
          // Entries come in the order they were asked for.
          if (!best || served < best.served) best = { entry, userId: waiter.userId, served };
        }
      }
      if (!best) continue;
      this.#served.delete(best.userId);
      this.#served.set(best.userId, ++this.#turn);
      if (this.#served.size > MOST_REMEMBERED)
        this.#served.delete(this.#served.keys().next().value as string);
      best.entry.running = true;
      best.entry.attempts++;
      return best.entry;
    }
    return null;
  }

  /** How urgent an entry is: as much as whoever needs it most. */
  purposeOf(entry: Entry<Job, Result>): Purpose {
    return PURPOSES[Math.min(2, ...[...entry.waiters].map((waiter) => rank(waiter.purpose)))] as Purpose;
  }

  /** Waits again, at its old place. */
  putBack(entry: Entry<Job, Result>): void {
    entry.running = false;
  }

  settle(entry: Entry<Job, Result>, outcome: { result: Result } | { error: unknown }): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    for (const waiter of entry.waiters) {
      if ("result" in outcome) waiter.resolve(outcome.result);
      else waiter.reject(outcome.error);
    }
    entry.waiters.clear();
  }

  /** Everything that waits or is worked on. */
  all(): readonly Entry<Job, Result>[] {
    return [...this.#entries.values()];
  }

  /** What a person waits for, with how many come before it (0: it is being worked on). */
  positions(userId: string): { key: string; position: number }[] {
    const waiting = [...this.#entries.values()]
      .filter((entry) => !entry.running)
      .sort((a, b) => rank(this.purposeOf(a)) - rank(this.purposeOf(b)) || a.seq - b.seq);
    const mine = (entry: Entry<Job, Result>) => [...entry.waiters].some((waiter) => waiter.userId === userId);
    return [...this.#entries.values()]
      .filter(mine)
      .map((entry) => ({ key: entry.key, position: waiting.indexOf(entry) + 1 }));
  }

  #drop(entry: Entry<Job, Result>, waiter: Waiter<Result>): void {
    if (!entry.waiters.delete(waiter) || entry.waiters.size > 0) return;
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    entry.abort.abort(new Error("nobody waits for this region any more"));
  }

  /** Where it is full, something else goes; throws where nothing may. */
  #makeRoom(userId: string, purpose: Purpose, isNew: boolean): void {
    const own: { entry: Entry<Job, Result>; waiter: Waiter<Result> }[] = [];
    for (const entry of this.#entries.values())
      for (const waiter of entry.waiters) if (waiter.userId === userId) own.push({ entry, waiter });
    if (own.length >= this.#limits.perUser) {
      const lazier = own
        .filter(({ entry, waiter }) => !entry.running && rank(waiter.purpose) > rank(purpose))
        .sort((a, b) => rank(b.waiter.purpose) - rank(a.waiter.purpose) || b.entry.seq - a.entry.seq)[0];
      const error = tooMany("You asked for too many regions at once.");
      if (!lazier) throw error;
      lazier.waiter.reject(error);
      this.#drop(lazier.entry, lazier.waiter);
    }
    if (isNew && this.waiting >= this.#limits.total) this.#evict(userId, purpose);
  }

  /**
   * The least urgent gives way, of those whoever holds most, of theirs the newest. What is as urgent as what comes
   * gives way only where that makes people's shares more even: else two would push each other out for ever.
   */
  #evict(userId: string, purpose: Purpose): void {
    const waiting = [...this.#entries.values()].filter((entry) => !entry.running);
    const laziest = Math.max(...waiting.map((entry) => rank(this.purposeOf(entry))));
    const among = waiting.filter((entry) => rank(this.purposeOf(entry)) === laziest);
    const peopleOf = (entry: Entry<Job, Result>) =>
      new Set([...entry.waiters].map((waiter) => waiter.userId));
    const held = new Map<string, number>();
    for (const entry of among)
      for (const person of peopleOf(entry)) held.set(person, (held.get(person) ?? 0) + 1);
    // One that several wait for is taken from the one of them who has least.
    const share = (entry: Entry<Job, Result>) =>
      Math.min(...[...peopleOf(entry)].map((p) => held.get(p) ?? 0));
    const [least] = among
      .map((entry) => ({ entry, share: share(entry) }))
      .sort((a, b) => b.share - a.share || b.entry.seq - a.entry.seq);
    const error = tooMany("Too many regions wait to be looked at.");
    const isFair =
      laziest > rank(purpose) ||
      (laziest === rank(purpose) && (least?.share ?? 0) > (held.get(userId) ?? 0) + 1);
    if (!least || !isFair) throw error;
    this.settle(least.entry, { error });
  }
}

/** People whose turn is remembered. */
const MOST_REMEMBERED = 10_000;

const tooMany = (message: string) =>
  new ServerError("too-many-requests", message, { next: "Wait for some of them, or try again in a second." });
