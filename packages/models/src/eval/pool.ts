import { Worker } from "node:worker_threads";

/**
 * Runs `items` through worker threads, in order of hand-out; `done` is called in the items' order. The first failure
 * ends all of it. A worker takes { index, pair } and answers { index, score } or { index, error }.
 */
export async function runAll<Item, Score>(
  script: URL,
  workerData: unknown,
  items: readonly Item[],
  threads: number,
  done: (score: Score) => void,
): Promise<Score[]> {
  const results = new Array<Score | undefined>(items.length);
  let given = 0;
  let told = 0;
  const workers = Array.from(
    { length: Math.min(threads, items.length) },
    () => new Worker(script, { workerData }),
  );
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            const next = () => {
              if (given === items.length) return resolve();
              worker.postMessage({ index: given, pair: items[given++] });
            };
            worker.on("message", (m: { ready?: true; index: number; score?: Score; error?: string }) => {
              if (m.error !== undefined) return reject(new Error(m.error));
              if (!m.ready) {
                results[m.index] = m.score as Score;
                while (told < items.length && results[told] !== undefined) done(results[told++] as Score);
              }
              next();
            });
            worker.on("error", reject);
            worker.on("exit", (code) => reject(new Error(`a worker ended with code ${code}`)));
          }),
      ),
    );
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
  return results as Score[];
}
