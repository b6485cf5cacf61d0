/** Why the challenger computes from now on, or never will. */
export type Verdict =
  | { readonly kind: "faster"; readonly ms: number; readonly before: number }
  | { readonly kind: "slower"; readonly ms: number; readonly before: number }
  /** Its answer to the same question is another one. */
  | { readonly kind: "differs" }
  /** It could not be had, or broke; later than "faster" it may as well. */
  | { readonly kind: "failed"; readonly error: unknown };

export interface ContestOptions<In, Out> {
  /** What always works. */
  readonly sure: (input: In) => Promise<Out>;
  /** What may be faster; null where there is none. */
  challenger(): Promise<((input: In) => Promise<Out>) | null>;
  agree(sure: Out, other: Out): boolean;
  /** How often both are timed; the best counts. */
  readonly rounds: number;
  onVerdict(verdict: Verdict): void;
  now?(): number;
}

/** So many times slower, it is not timed again. */
const HOPELESS = 4;

/**
 * Two ways to one answer. The sure one answers until the other has, beside it and on the first question of all, given
 * the same answer in less time. Where that fails later, the sure one answers again, that question as well.
 */
export function createContest<In, Out>({
  sure,
  challenger,
  agree,
  rounds,
  onVerdict,
  now = () => performance.now(),
}: ContestOptions<In, Out>): (input: In) => Promise<Out> {
  let winner: ((input: In) => Promise<Out>) | null = null;
  let held = false;

  async function timed(run: (input: In) => Promise<Out>, input: In): Promise<{ out: Out; ms: number }> {
    const start = now();
    const out = await run(input);
    return { out, ms: now() - start };
  }

  async function hold(input: In, first: { out: Out; ms: number }): Promise<Verdict | null> {
    const other = await challenger();
    if (!other) return null;
    // The first run of all builds what the later ones use.
    if (!agree(first.out, await other(input))) return { kind: "differs" };
    let [before, ms] = [first.ms, Number.POSITIVE_INFINITY];
    for (let round = 0; round < rounds; round++) {
      if (round > 0) before = Math.min(before, (await timed(sure, input)).ms);
      ms = Math.min(ms, (await timed(other, input)).ms);
      if (ms > HOPELESS * before) break;
    }
    if (ms >= before) return { kind: "slower", ms, before };
    winner = other;
    return { kind: "faster", ms, before };
  }

  return async (input) => {
    const chosen = winner;
    if (chosen) {
      try {
        return await chosen(input);
      } catch (error) {
        if (winner) {
          winner = null;
          onVerdict({ kind: "failed", error });
        }
        return sure(input);
      }
    }
    const answer = await timed(sure, input);
    if (!held) {
      held = true;
      hold(input, answer)
        .catch((error: unknown): Verdict => ({ kind: "failed", error }))
        .then((verdict) => verdict && onVerdict(verdict));
    }
    return answer.out;
  };
}
