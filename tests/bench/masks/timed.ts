import { quantile } from "../metric.ts";

/** Processor time of the whole process, ms: what other programs on the machine take does not count. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Runs them in turns, so that what the machine does beside hits them alike; the median of each, ms. The first turn warms up. */
export async function inTurns(times: number, runs: readonly (() => Promise<unknown>)[]): Promise<number[]> {
  const samples: number[][] = runs.map(() => []);
  for (let turn = -1; turn < times; turn++)
    for (const [i, run] of runs.entries()) {
      const start = cpuMs();
      await run();
      if (turn >= 0) samples[i]!.push(cpuMs() - start);
    }
  return samples.map((all) => Math.round(quantile(all, 0.5) * 100) / 100);
}
