import { createPacer } from "./bucket.ts";

export interface AllowanceOptions {
  /** What one user's work may cost at once, and on the average. */
  readonly burst: number;
  readonly perSecond: number;
  /** Works of one user at the same time. */
  readonly atOnce: number;
  /** What is thrown where the user has to wait: so long, or (0) until one of their others has ended. */
  refusal(waitMs: number): Error;
  readonly nowMs?: (() => number) | undefined;
}

/** Runs work for a user, or throws the refusal. The work says itself what it cost: that is known only afterwards. */
export type Allowance = <Result>(
  userId: string,
  work: (pay: (cost: number) => void) => Promise<Result>,
) => Promise<Result>;

/** For what is dear and rare, which is refused rather than slowed down: whoever has no debt may begin anything. */
export function createAllowance({ burst, perSecond, atOnce, refusal, nowMs }: AllowanceOptions): Allowance {
  const owe = createPacer(perSecond, burst, nowMs);
  const running = new Map<string, number>();
  return async (userId, work) => {
    const others = running.get(userId) ?? 0;
    if (others >= atOnce) throw refusal(0);
    const waitMs = owe(userId, 0);
    if (waitMs > 0) throw refusal(waitMs);
    running.set(userId, others + 1);
    try {
      return await work((cost) => void owe(userId, cost));
    } finally {
      const rest = running.get(userId)! - 1;
      if (rest === 0) running.delete(userId);
      else running.set(userId, rest);
    }
  };
}
