/** First wait before something that could not be read is tried again; doubled each time. */
export const RETRY_MS = 2_000;
const RETRY_MOST_MS = 60_000;

/** Waits that end with the image. */
export class Retries {
  readonly #tries = new Map<string, number>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  /** Longer each time for the same key. */
  again(key: string, run: () => void): void {
    const tries = this.#tries.get(key) ?? 0;
    this.#tries.set(key, tries + 1);
    this.after(Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** tries), run);
  }

  after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
