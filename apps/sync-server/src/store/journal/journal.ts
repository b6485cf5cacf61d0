import type { Logger } from "pino";
import { ServerError } from "../../errors.ts";
import { reasonOf } from "../outage.ts";
import type { Database } from "../store.ts";
import type { JournalFiles } from "./files.ts";
import type { JournalEntry } from "./record.ts";
import { batchesOf, findFresh, isRefusal, keyOf, takeIn } from "./take-in.ts";

/** What comes within this time is taken into the database together: there a commit costs far more than here. */
const GATHER_MS = 100;
/** So much may be ahead of the database: it is in memory, and several times over on its way there. */
const MOST_AHEAD_BYTES = 2 << 20;
/** Waits between attempts, the last one again and again. */
const RETRY_MS = [50, 200, 800, 3_000];

/** Updates that one of the two files holds. */
interface Generation {
  readonly entries: JournalEntry[];
  bytes: number;
  readonly stored: PromiseWithResolvers<void>;
}

/** Somebody who waits for the database to have a generation. */
interface Settler {
  readonly generation: Generation;
  /** ms of performance.now() */
  readonly until: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Two files of updates: one is written to while the database takes in the other. */
export class Journal {
  readonly #db: Database;
  readonly #files: JournalFiles;
  readonly #logger: Logger | undefined;
  /** The database will not take what was written of this layer: it knows less than was thought. */
  readonly #onKeptAside: (layerId: string) => void;
  #gathering = newGeneration();
  #taking: Generation | null = null;
  #writing: Promise<void> | null = null;
  #writeFailed = false;
  #loop: Promise<void> | null = null;
  #wake = () => {};
  #settlers: Settler[] = [];
  /** What the database said last, while it does not take in what it should. */
  #refused: Error | null = null;
  #isClosing = false;
  readonly #closing = Promise.withResolvers<void>();

  constructor(
    db: Database,
    files: JournalFiles,
    logger: Logger | undefined,
    onKeptAside: (layerId: string) => void,
  ) {
    this.#db = db;
    this.#files = files;
    this.#logger = logger;
    this.#onKeptAside = onKeptAside;
  }

  /** How many updates the database does not have yet. */
  get waiting(): number {
    return this.#gathering.entries.length + (this.#taking?.entries.length ?? 0);
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  isWritable(): boolean {
    if (this.#refused) return false;
    return !this.#writeFailed || (this.#writing === null && this.#files.isWritable());
  }

  /** Whether updates of the document with this `keyOf` wait for the database. */
  holds(key: string): boolean {
    return [this.#gathering, this.#taking].some((generation) =>
      generation?.entries.some((entry) => keyOf(entry) === key),
    );
  }

  /** Resolves when the entries are in a file, with what resolves when the database has them. One call at a time. */
  async write(entries: readonly JournalEntry[]): Promise<{ stored: Promise<void> }> {
    this.#writing = this.#files.append(entries);
    try {
      await this.#writing;
      this.#writeFailed = false;
    } catch (error) {
      this.#writeFailed = true;
      throw error;
    } finally {
      this.#writing = null;
    }
    const generation = this.#gathering;
    const { entries: gathered, stored } = generation;
    for (const entry of entries) {
      gathered.push(entry);
      generation.bytes += entry.bytes.length;
    }
    this.#loop ??= this.#run();
    return { stored: stored.promise };
  }

  /**
   * Resolves when the database has what was written so far, of one layer or of all. Rejects when it still refuses after
   * `patienceMs`.
   */
  settle(layerId: string | undefined, patienceMs: number): Promise<void> {
    const holds = ({ entries }: Generation) =>
      layerId === undefined ? entries.length > 0 : entries.some((entry) => entry.layerId === layerId);
    const last = [this.#gathering, this.#taking].find((generation) => generation && holds(generation));
    if (!last) return Promise.resolve();
    if (this.#refused && patienceMs === 0) return Promise.reject(this.#refused);
    const until = performance.now() + patienceMs;
    const settled = new Promise<void>((resolve, reject) => {
      this.#settlers.push({ generation: last, until, resolve, reject });
    });
    // What is refused is tried again at its own pace, however many ask.
    if (!this.#refused) this.#wake();
    return settled;
  }

  /** Who is far ahead of the database waits for it. */
  async keepPace(): Promise<void> {
    while (!this.#isClosing && this.#gathering.bytes + (this.#taking?.bytes ?? 0) > MOST_AHEAD_BYTES) {
      const { stored } = this.#taking ?? this.#gathering;
      if (!this.#refused) this.#wake();
      await Promise.race([stored.promise, this.#closing.promise]);
    }
  }

  /** Nobody waits for room from now on, and the database is tried once more only. */
  stop(): void {
    this.#isClosing = true;
    this.#closing.resolve();
  }

  /** After `stop`, and the last write. What the database does not take stays in the files, for the next start. */
  async close(patienceMs: number): Promise<void> {
    await this.settle(undefined, patienceMs).catch(() => {});
    await this.#loop;
    this.#files.close();
  }

  async #run(): Promise<void> {
    try {
      while (this.#gathering.entries.length > 0) {
        if (this.#settlers.length === 0 && !this.#isClosing) await this.#pause(GATHER_MS);
        // Not from under a write.
        while (this.#writing) await this.#writing.catch(() => {});
        this.#taking = this.#gathering;
        this.#gathering = newGeneration();
        this.#files.swap();
        if (!(await this.#takeIn(this.#taking))) return;
        const taken = this.#taking;
        this.#taking = null;
        taken.stored.resolve();
        for (const { generation, resolve } of this.#settlers) if (generation === taken) resolve();
        this.#settlers = this.#settlers.filter(({ generation }) => generation !== taken);
      }
    } finally {
      this.#loop = null;
    }
  }

  /** Until the database has it all and the file is empty; false where the server stops before. */
  async #takeIn({ entries }: Generation): Promise<boolean> {
    const steps = [...batchesOf(entries)].map((batch) => () => this.#takeInBatch(batch));
    for (const step of [...steps, async () => this.#files.clearOther()]) {
      for (let tries = 0; ; tries++) {
        try {
          await step();
          break;
        } catch (cause) {
          const wait = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]!;
          const reason = reasonOf(cause);
          this.#refused = notTaken(reason);
          this.#logger?.error(
            { reason, updates: this.waiting, retryMs: wait },
            "the database does not take the journal",
          );
          this.#giveUp(this.#refused);
          if (this.#isClosing) return false;
          await this.#pause(wait);
        }
      }
    }
    this.#refused = null;
    return true;
  }

  /** What the database will never take is kept aside, so that everybody else's edits go on. */
  async #takeInBatch(batch: readonly JournalEntry[]): Promise<void> {
    try {
      await takeIn(this.#db, batch);
    } catch (cause) {
      const { fresh, holes } = isRefusal(cause) ? await findFresh(this.#db, batch) : { fresh: [], holes: [] };
      if (holes.length === 0) throw cause;
      this.#files.keepCopies();
      this.#logger?.error(
        { reason: reasonOf(cause), holes },
        "saved edits that the database cannot take are kept aside, in copies of the journal",
      );
      for (const hole of holes) this.#onKeptAside(hole.slice(hole.indexOf("/") + 1));
      await takeIn(this.#db, fresh);
    }
  }

  #giveUp(error: Error): void {
    const now = performance.now();
    const isOver = ({ until }: Settler) => until <= now || this.#isClosing;
    for (const settler of this.#settlers) if (isOver(settler)) settler.reject(error);
    this.#settlers = this.#settlers.filter((settler) => !isOver(settler));
  }

  /** Over at once when somebody waits for the database. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
      const timer = setTimeout(over, ms);
      this.#wake = over;
    });
  }
}

function newGeneration(): Generation {
  return { entries: [], bytes: 0, stored: Promise.withResolvers() };
}

function notTaken(reason: string): ServerError {
  return new ServerError(
    "store-failed",
    `The database does not take in what is saved in the journal: ${reason}`,
    { next: "Check the free space and the log of the server." },
  );
}
