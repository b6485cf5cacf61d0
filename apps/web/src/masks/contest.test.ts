import { describe, expect, test, vi } from "vitest";
import { createContest, type Verdict } from "./contest.ts";
import { sameEmbedding, sameMasks } from "./networks.ts";

/** Both give twice the number; each run takes so long on a clock of its own. */
function contest(
  ms: { sure: number; other: number },
  changes: { other?: (n: number) => Promise<number> } = {},
) {
  let clock = 0;
  const took = (n: number, time: number) => {
    clock += time;
    return Promise.resolve(2 * n);
  };
  const sure = vi.fn((n: number) => took(n, ms.sure));
  const other = vi.fn(changes.other ?? ((n: number) => took(n, ms.other)));
  const verdicts: Verdict[] = [];
  const challenger = vi.fn(async () => other);
  const run = createContest<number, number>({
    sure,
    challenger,
    agree: (a, b) => a === b,
    rounds: 2,
    onVerdict: (verdict) => verdicts.push(verdict),
    now: () => clock,
  });
  return {
    run,
    sure,
    other,
    challenger,
    verdicts,
    ended: (): Promise<void> => vi.waitFor(() => expect(verdicts).not.toEqual([])),
  };
}

describe("two ways to one answer", () => {
  test("the faster one takes over once it has given the same answer", async () => {
    const { run, sure, other, verdicts, ended } = contest({ sure: 9, other: 4 });
    expect(await run(1)).toBe(2);
    await ended();
    expect(verdicts).toEqual([{ kind: "faster", ms: 4, before: 9 }]);
    sure.mockClear();
    other.mockClear();
    expect(await run(5)).toBe(10);
    expect([sure.mock.calls.length, other.mock.calls.length]).toEqual([0, 1]);
  });

  test.each([
    ["slower", { sure: 4, other: 9 }, undefined],
    ["differs", { sure: 9, other: 4 }, async (): Promise<number> => 7],
    ["differs", { sure: 9, other: 4 }, async () => Number.NaN],
    ["failed", { sure: 9, other: 4 }, async (): Promise<number> => Promise.reject(new Error("no device"))],
  ] as const)("it is not used when it is or has: %s", async (kind, ms, other) => {
    const { run, sure, challenger, verdicts, ended } = contest(ms, other ? { other } : {});
    expect(await run(1)).toBe(2);
    await ended();
    expect(verdicts).toMatchObject([{ kind }]);
    sure.mockClear();
    expect(await run(5)).toBe(10);
    expect(sure).toHaveBeenCalledOnce();
    expect(challenger).toHaveBeenCalledOnce();
  });

  test("where it breaks later, the same question is answered by the sure one", async () => {
    const { run, other, verdicts, ended } = contest({ sure: 9, other: 4 });
    await run(1);
    await ended();
    other.mockRejectedValueOnce(new Error("device lost"));
    expect(await run(3)).toBe(6);
    expect(verdicts.map(({ kind }) => kind)).toEqual(["faster", "failed"]);
    other.mockClear();
    expect(await run(4)).toBe(8);
    expect(other).not.toHaveBeenCalled();
  });

  test("who asks waits for neither the challenger nor its code; a question that fails says so", async () => {
    const run = createContest<number, number>({
      sure: async (n) => (n < 0 ? Promise.reject(new Error("negative")) : n),
      challenger: () => new Promise(() => {}),
      agree: () => true,
      rounds: 1,
      onVerdict: () => {},
    });
    await expect(run(-1)).rejects.toThrow("negative");
    expect(await run(1)).toBe(1);
    expect(await run(2)).toBe(2);
  });
});

describe("the same answer", () => {
  const window = { x: 0, y: 0, width: 2, height: 1 };
  const masks = (logits: number[], quality = 0.8) => [
    { window, logits: Float32Array.from(logits), quality: Float32Array.of(quality) },
  ];

  test("of masks: the last digits may differ, nothing else", () => {
    const sure = masks([4, -3]);
    expect(sameMasks(sure, masks([4.01, -3.01], 0.801))).toBe(true);
    expect(sameMasks(sure, masks([4, 3]))).toBe(false);
    expect(sameMasks(sure, masks([4, -3], 0.7))).toBe(false);
    expect(sameMasks(sure, masks([0, 0]))).toBe(false);
    expect(sameMasks(sure, masks([4, Number.NaN]))).toBe(false);
    expect(sameMasks(sure, masks([4, -3], Number.NaN))).toBe(false);
    expect(sameMasks(sure, [])).toBe(false);
    expect(sameMasks(sure, masks([4]))).toBe(false);
  });

  test("of embeddings: a step here and there", () => {
    const embedding = (fine: number, steps = 0) => ({
      width: 8,
      height: 8,
      paddedWidth: 8,
      paddedHeight: 8,
      fine: Int8Array.from({ length: 1000 }, (_, i) => (i % 50) + (i < fine ? steps : 0)),
      coarse: new Int8Array(10),
    });
    expect(sameEmbedding(embedding(0), embedding(1000, 1))).toBe(true);
    expect(sameEmbedding(embedding(0), embedding(2, 9))).toBe(true);
    expect(sameEmbedding(embedding(0), embedding(40, 9))).toBe(false);
    expect(sameEmbedding(embedding(0), { ...embedding(0), coarse: new Int8Array(9) })).toBe(false);
  });
});
