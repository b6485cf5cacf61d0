import { describe, expect, test } from "vitest";
import { simulate } from "./simulator.ts";

/*
 * Random histories of several people editing one layer over a bad network. A failure names its seed:
 * COSCOPE_SEED=<seed> runs that one. COSCOPE_RUNS=<n> runs n of each size, from a random seed.
 */
const oneSeed = process.env.COSCOPE_SEED;
const wanted = process.env.COSCOPE_RUNS;
const firstSeed = Number(oneSeed ?? (wanted ? Math.floor(Math.random() * 2 ** 31) : 1));

describe(`convergence, from seed ${firstSeed}`, () => {
  test.each([
    { editors: 2, steps: 150, runs: 60 },
    { editors: 3, steps: 400, runs: 30 },
    { editors: 5, steps: 700, runs: 10 },
  ])("$editors editors, $steps steps", ({ editors, steps, runs }) => {
    const count = oneSeed ? 1 : Number(wanted ?? runs);
    for (let seed = firstSeed; seed < firstSeed + count; seed++)
      expect(() => simulate({ seed, editors, steps })).not.toThrow();
  });

  test.skipIf(!process.env.COSCOPE_FULL)(
    "long histories of many editors, other ones each time (full)",
    () => {
      const start = oneSeed ? firstSeed : Math.floor(Math.random() * 2 ** 31);
      for (let seed = start; seed < start + (oneSeed ? 1 : 40); seed++)
        expect(() => simulate({ seed, editors: 8, steps: 1500 })).not.toThrow();
    },
    1_800_000,
  );
});
