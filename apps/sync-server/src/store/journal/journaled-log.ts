import { inArray } from "drizzle-orm";
import type { Logger } from "pino";
import { ServerError } from "../../errors.ts";
import {
  type Appended,
  type AppendOptions,
  type AppendResult,
  type DocumentId,
  type DocumentLog,
  findWritten,
  type LogEntry,
} from "../document-log.ts";
import { reasonOf } from "../outage.ts";
import { appUser } from "../schema.ts";
import type { Database } from "../store.ts";
import type { JournalFiles } from "./files.ts";
import type { JournalEntry } from "./record.ts";
import { batchesOf, findFresh, isRefusal, keyOf, readHead, recover, takeIn } from "./take-in.ts";

/** What comes within this time is taken into the database together: there a commit costs far more than here. */
const GATHER_MS = 100;
/** So much may be ahead of the database: it is in memory, and several times over on its way there. */
const MOST_AHEAD_BYTES = 2 << 20;
/** Waits between attempts, the last one again and again. */
const RETRY_MS = [50, 200, 800, 3_000];
/** For so long the database may refuse before whoever waits for it is told. */
const PATIENCE_MS = 10_000;
/** Documents and users that are remembered; they are asked for anew beyond that. */
const MOST_KNOWN = 10_000;

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

/**
 * The log of the built-in database: updates are durable in a journal, and in the database moments later. A commit of
 * that database is many times as much work as a write to a file, and everybody would wait for it; what the operating
 * system has taken outlives a crash of the process just as well. Nothing but this writes to the log's tables.
 */
export class JournaledLog implements DocumentLog {
  readonly #db: Database;
  readonly #files: JournalFiles;
  readonly #logger: Logger | undefined;
  /** Sequence of the last update of documents that may be written to, by `keyOf`. */
  readonly #heads = new Map<string, number>();
  readonly #users = new Set<string>();
  #gathering = newGeneration();
  #taking: Generation | null = null;
  #turns: Promise<unknown> = Promise.resolve();
  #writing: Promise<void> | null = null;
  #loop: Promise<void> | null = null;
  #wake = () => {};
  #settlers: Settler[] = [];
  #writeFailed = false;
  /** What the database said last, while it does not take in what it should. */
  #refused: Error | null = null;
  /** How often something was forgotten. */
  #forgotten = 0;
  #isClosing = false;
  readonly #closing = Promise.withResolvers<void>();

  private constructor(db: Database, files: JournalFiles, logger: Logger | undefined) {
    this.#db = db;
    this.#files = files;
    this.#logger = logger;
  }

  /** Takes in what an earlier process left in `folder`. Throws "store-failed" when the database refuses it. */
  static async open(db: Database, folder: string, logger?: Logger): Promise<JournaledLog> {
    const files = await recover(db, folder, logger);
    return new JournaledLog(db, files, logger);
  }

  get waiting(): number {
    return this.#gathering.entries.length + (this.#taking?.entries.length ?? 0);
  }

  append(batch: readonly LogEntry[], options: AppendOptions = {}): Promise<Appended> {
    const appended = this.#turns.then(() => this.#append(batch, options));
    this.#turns = appended.catch(() => {});
    return appended;
  }

  settle(layerId?: string, patienceMs = PATIENCE_MS): Promise<void> {
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

  async prepare(id: DocumentId, userId: string): Promise<void> {
    const key = keyOf(id);
    const forgotten = this.#forgotten;
    if (!this.#heads.has(key)) {
      await this.settle(id.layerId);
      const head = await readHead(this.#db, id);
      const isWaiting = [this.#gathering, this.#taking].some((generation) =>
        generation?.entries.some((entry) => keyOf(entry) === key),
      );
      // Beside the appends: what one of them has learnt or written meanwhile is newer.
      const isNews = !this.#heads.has(key) && !isWaiting && forgotten === this.#forgotten;
      if (isNews && head !== null) this.#heads.set(key, head);
    }
    await this.#checkUsers([userId]);
  }

  quietly<Result>(use: () => Promise<Result>): Promise<Result> {
    const used = this.#turns.then(async () => {
      await this.settle(undefined, 0);
      this.#users.clear();
      return use();
    });
    this.#turns = used.catch(() => {});
    return used;
  }

  forget(layerId: string): void {
    this.#forgotten++;
    for (const key of this.#heads.keys()) if (key.endsWith(`/${layerId}`)) this.#heads.delete(key);
  }

  isWritable(): boolean {
    if (this.#refused) return false;
    return !this.#writeFailed || (this.#writing === null && this.#files.isWritable());
  }

  /** Waits for the database once more. What it does not take stays in the journal, for the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#closing.resolve();
    await this.#turns;
    await this.settle().catch(() => {});
    await this.#loop;
    this.#files.close();
  }

  async #append(batch: readonly LogEntry[], { again = false }: AppendOptions): Promise<Appended> {
    await this.#keepPace();
    if (this.#isClosing)
      throw new ServerError("store-failed", "The server stops.", { next: "Come back when it runs again." });
    if (this.#heads.size >= MOST_KNOWN) {
      this.#forgotten++;
      this.#heads.clear();
    }
    const found = again ? await this.#findWritten(batch) : [];
    const missing = batch.filter((_, i) => !found[i]);
    for (const entry of missing) if (!this.#heads.has(keyOf(entry))) await this.#lookUp(entry);
    await this.#checkUsers(missing.map(({ userId }) => userId));
    const heads = new Map<string, number>();
    const entries: JournalEntry[] = [];
    const createdAt = Date.now();
    const results = batch.map((entry, i): AppendResult => {
      if (found[i]) return found[i];
      const key = keyOf(entry);
      const head = heads.get(key) ?? this.#heads.get(key);
      if (head === undefined) return "stale";
      const sequence = head + 1;
      heads.set(key, sequence);
      entries.push({ ...entry, sequence, createdAt });
      return { sequence };
    });
    if (entries.length === 0) return { results, stored: null };
    const { stored } = await this.#write(entries);
    // Unless it was forgotten meanwhile.
    for (const [key, head] of heads) if (this.#heads.has(key)) this.#heads.set(key, head);
    return { results, stored };
  }

  /** Who is far ahead of the database waits for it. */
  async #keepPace(): Promise<void> {
    while (!this.#isClosing && this.#gathering.bytes + (this.#taking?.bytes ?? 0) > MOST_AHEAD_BYTES) {
      const { stored } = this.#taking ?? this.#gathering;
      if (!this.#refused) this.#wake();
      await Promise.race([stored.promise, this.#closing.promise]);
    }
  }

  async #write(entries: readonly JournalEntry[]): Promise<{ stored: Promise<void> }> {
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

  async #findWritten(batch: readonly LogEntry[]): Promise<readonly (AppendResult | null)[]> {
    await this.settle(undefined, 0);
    return this.#db.transaction((tx) => findWritten(tx, batch));
  }

  async #lookUp(id: DocumentId): Promise<void> {
    await this.settle(id.layerId, 0);
    const head = await readHead(this.#db, id);
    if (head !== null) this.#heads.set(keyOf(id), head);
  }

  /** The database would refuse what names a user who is not there, and by then it is too late to. */
  async #checkUsers(userIds: readonly string[]): Promise<void> {
    const unknown = new Set(userIds.filter((id) => !this.#users.has(id)));
    if (unknown.size === 0) return;
    const rows = await this.#db
      .select({ id: appUser.id })
      .from(appUser)
      .where(inArray(appUser.id, [...unknown]));
    if (rows.length < unknown.size)
      throw new ServerError("store-failed", "An edit names a user who is not there.", {
        next: "Come in again.",
      });
    if (this.#users.size >= MOST_KNOWN) this.#users.clear();
    for (const id of unknown) this.#users.add(id);
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
      for (const hole of holes) this.forget(hole.slice(hole.indexOf("/") + 1));
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
