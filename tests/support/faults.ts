import type { CommitWrapper } from "@coscope/sync-server/sync/live.ts";

/**
 * Faults between the log and its database, for `startServer`'s `aroundCommit`. Only tests know of it: the server
 * runs without a wrapper.
 *
 *     const faults = new StoreFaults();
 *     const server = await startTestServer({ aroundCommit: faults.aroundCommit });
 *     const release = faults.stall();      // commits wait, before they reach the database
 *     faults.failNext(2);                  // two attempts are refused; nothing is written
 *     faults.loseAnswers(1);               // one is written, and reported as failed
 */
export class StoreFaults {
  /** Attempts that reached us, whatever became of them. */
  attempts = 0;
  #gate: Promise<void> | null = null;
  #open: (() => void) | null = null;
  #failing = 0;
  #losing = 0;

  readonly aroundCommit: CommitWrapper = async (commit) => {
    this.attempts++;
    while (this.#gate) await this.#gate;
    if (this.#failing > 0) {
      this.#failing--;
      throw new Error("fault: the database refuses");
    }
    const losing = this.#losing > 0;
    if (losing) this.#losing--;
    const result = await commit();
    if (losing) throw new Error("fault: the answer of the database was lost");
    return result;
  };

  /** Every commit waits until `release`, or the function returned, is called. */
  stall(): () => void {
    this.#gate ??= new Promise((resolve) => {
      this.#open = resolve;
    });
    return () => this.release();
  }

  release(): void {
    this.#gate = null;
    this.#open?.();
    this.#open = null;
  }

  /** The next `count` attempts fail before anything is written. The writer tries a batch four times. */
  failNext(count: number): void {
    this.#failing = count;
  }

  /** The next `count` attempts are written and yet reported as failed, as when a connection breaks in a commit. */
  loseAnswers(count: number): void {
    this.#losing = count;
  }
}
