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
import { appUser } from "../schema.ts";
import type { Database } from "../store.ts";
import type { JournalFiles } from "./files.ts";
import { Journal } from "./journal.ts";
import type { JournalEntry } from "./record.ts";
import { keyOf, readHead, recover } from "./take-in.ts";

/** For so long the database may refuse before whoever waits for it is told. */
const PATIENCE_MS = 10_000;
/** Documents and users that are remembered; they are asked for anew beyond that. */
const MOST_KNOWN = 10_000;

/**
 * The log of the built-in database: updates are durable in a journal, and in the database moments later. A commit of
 * that database is many times as much work as a write to a file, and everybody would wait for it; what the operating
 * system has taken outlives a crash of the process just as well. Nothing but this writes to the log's tables.
 */
export class JournaledLog implements DocumentLog {
  readonly #db: Database;
  readonly #journal: Journal;
  /** Sequence of the last update of documents that may be written to, by `keyOf`. */
  readonly #heads = new Map<string, number>();
  readonly #users = new Set<string>();
  #turns: Promise<unknown> = Promise.resolve();
  /** How often something was forgotten. */
  #forgotten = 0;

  private constructor(db: Database, files: JournalFiles, logger: Logger | undefined) {
    this.#db = db;
    this.#journal = new Journal(db, files, logger, (layerId) => this.forget(layerId));
  }

  /** Takes in what an earlier process left in `folder`. Throws "store-failed" when the database refuses it. */
  static async open(db: Database, folder: string, logger?: Logger): Promise<JournaledLog> {
    return new JournaledLog(db, await recover(db, folder, logger), logger);
  }

  get waiting(): number {
    return this.#journal.waiting;
  }

  append(batch: readonly LogEntry[], options: AppendOptions = {}): Promise<Appended> {
    const appended = this.#turns.then(() => this.#append(batch, options));
    this.#turns = appended.catch(() => {});
    return appended;
  }

  settle(layerId?: string, patienceMs = PATIENCE_MS): Promise<void> {
    return this.#journal.settle(layerId, patienceMs);
  }

  async prepare(id: DocumentId, userId: string): Promise<void> {
    await this.#learnHead(id, PATIENCE_MS);
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
    return this.#journal.isWritable();
  }

  /** Waits for the database once more. What it does not take stays in the journal, for the next start. */
  async close(): Promise<void> {
    this.#journal.stop();
    await this.#turns;
    await this.#journal.close(PATIENCE_MS);
  }

  async #append(batch: readonly LogEntry[], { again = false }: AppendOptions): Promise<Appended> {
    await this.#journal.keepPace();
    if (this.#journal.isClosing)
      throw new ServerError("store-failed", "The server stops.", { next: "Come back when it runs again." });
    if (this.#heads.size >= MOST_KNOWN) {
      this.#forgotten++;
      this.#heads.clear();
    }
    const found = again ? await this.#findWritten(batch) : [];
    const missing = batch.filter((_, i) => !found[i]);
    for (const entry of missing) await this.#learnHead(entry, 0);
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
    const { stored } = await this.#journal.write(entries);
    // Unless it was forgotten meanwhile.
    for (const [key, head] of heads) if (this.#heads.has(key)) this.#heads.set(key, head);
    return { results, stored };
  }

  async #findWritten(batch: readonly LogEntry[]): Promise<readonly (AppendResult | null)[]> {
    await this.settle(undefined, 0);
    return this.#db.transaction((tx) => findWritten(tx, batch));
  }

  /** Unless it is known. Beside the appends too: what one of them has learnt or written meanwhile is newer. */
  async #learnHead(id: DocumentId, patienceMs: number): Promise<void> {
    const key = keyOf(id);
    while (!this.#heads.has(key)) {
      const forgotten = this.#forgotten;
      await this.settle(id.layerId, patienceMs);
      const head = await readHead(this.#db, id);
      if (this.#journal.holds(key) || forgotten !== this.#forgotten) continue;
      if (head === null) return;
      if (!this.#heads.has(key)) this.#heads.set(key, head);
    }
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
}
