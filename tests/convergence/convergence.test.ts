import { describe, expect, test } from "vitest";
import { simulate } from "./simulator.ts";

/*
 * Random histories of several people editing one layer over a bad network. A failure names its seed:
 * COSCOPE_SEED=<seed> runs that one; COSCOPE_RUNS=<n> runs more.
 */
const fixedSeed = process.env.COSCOPE_SEED;
const runs = Number(process.env.COSCOPE_RUNS ?? 60);
const firstSeed = fixedSeed ? Number(fixedSeed) : Math.floor(Math.random() * 2 ** 31);
const seeds = Array.from({ length: fixedSeed ? 1 : runs }, (_, i) => firstSeed + i);

describe(`convergence, from seed ${firstSeed}`, () => {
  test.each([
    { editors: 2, steps: 150 },
    { editors: 3, steps: 400 },
    { editors: 5, steps: 700 },
  ])("$editors editors, $steps steps", (options) => {
    for (const seed of seeds) expect(() => simulate({ seed, ...options })).not.toThrow();
  });
});
