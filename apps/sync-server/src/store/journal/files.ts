import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
  writev,
  writevSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { decodeRecords, encodeRecord, type JournalEntry } from "./record.ts";

const NAMES = ["a.journal", "b.journal"] as const;
/** What is larger is written beside the event loop; the rest takes less time than handing it over would. */
const LARGE_BYTES = 256 << 10;
const writeBeside = promisify(writev);
const KEPT = ".kept-";

/** Whether a folder holds nothing that a killed server left. */
export function isJournalEmpty(folder: string): boolean {
  return NAMES.every((name) => (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) === 0);
}

/** Copies that `keepCopies` made in a folder. */
export function keptCopies(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.includes(KEPT))
    .map((name) => join(folder, name));
}

interface JournalFile {
  readonly path: string;
  readonly fd: number;
  /** End of the last whole record. What a failed write left behind it is written over. */
  length: number;
}

/**
 * Two files. One takes what comes while the database takes in the other, which is emptied then. Nothing waits for the
 * disk: what the operating system has taken outlives the process, not the machine, as with the built-in database.
 */
export class JournalFiles {
  readonly #files: readonly [JournalFile, JournalFile];
  #current = 0;
  #order = 0;
  /** Has something behind its last record that could not be cut off: it must never be taken for a record. */
  #untidy: JournalFile | null = null;

  private constructor(files: readonly [JournalFile, JournalFile], order: number) {
    this.#files = files;
    this.#order = order;
  }

  /**
   * Opens the files of a folder, and makes those that are not there. `entries` is what an earlier process left, in
   * order; `damaged` names the files in which more was that cannot be read: mostly what a kill cut off in the middle of
   * being written, which nobody was told is saved.
   */
  static open(folder: string): { files: JournalFiles; entries: JournalEntry[]; damaged: string[] } {
    mkdirSync(folder, { recursive: true });
    const damaged: string[] = [];
    const found: { order: number; entry: JournalEntry }[] = [];
    const [a, b] = NAMES.map((name): JournalFile => {
      const path = join(folder, name);
      // Reads and writes anywhere, and makes it where it is not there.
      const fd = openSync(path, "a+");
      closeSync(fd);
      const bytes = readFileSync(path);
      const { entries, length } = decodeRecords(bytes);
      if (length < bytes.length) damaged.push(path);
      for (const record of entries) found.push(record);
      return { path, fd: openSync(path, "r+"), length };
    });
    found.sort((x, y) => x.order - y.order);
    const files = new JournalFiles([a!, b!], (found.at(-1)?.order ?? 0) + 1);
    return { files, entries: found.map(({ entry }) => entry), damaged };
  }

  /** Resolves once the operating system has it. Rejects with nothing written. One call at a time. */
  async append(entries: readonly JournalEntry[]): Promise<void> {
    if (this.#untidy) this.#cutOff(this.#untidy);
    const file = this.#files[this.#current]!;
    let parts = entries.flatMap((entry, i) => encodeRecord(this.#order + i, entry));
    const length = lengthOf(parts);
    try {
      for (let at = 0; at < length; ) {
        const position = file.length + at;
        const written =
          length - at > LARGE_BYTES
            ? (await writeBeside(file.fd, parts, position)).bytesWritten
            : writevSync(file.fd, parts, position);
        if (written === 0) throw new Error(`Nothing can be written to ${file.path}.`);
        at += written;
        parts = behind(parts, written);
      }
    } catch (error) {
      this.#tidy(file);
      throw error;
    }
    file.length += length;
    this.#order += entries.length;
  }

  /** Whether anything can be written. */
  isWritable(): boolean {
    const file = this.#files[this.#current]!;
    try {
      writeSync(file.fd, new Uint8Array(1), 0, 1, file.length);
      return true;
    } catch {
      return false;
    } finally {
      this.#tidy(file);
    }
  }

  /** From here on the other file takes what comes; it must be empty. */
  swap(): void {
    this.#current = 1 - this.#current;
  }

  /** Empties the file that takes nothing: all that is in it is in the database. */
  clearOther(): void {
    this.#clear(this.#files[1 - this.#current]!);
  }

  /** Empties both. */
  clear(): void {
    for (const file of this.#files) this.#clear(file);
  }

  /** Copies of what is in both, for whoever looks into what could not be taken in. Of the same there is one alone. */
  keepCopies(): void {
    for (const { path } of this.#files) {
      const bytes = readFileSync(path);
      if (bytes.length === 0) continue;
      const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
      writeFileSync(`${path}${KEPT}${hash}`, bytes);
    }
  }

  close(): void {
    for (const { fd } of this.#files) closeSync(fd);
  }

  #clear(file: JournalFile): void {
    ftruncateSync(file.fd, 0);
    file.length = 0;
  }

  #cutOff(file: JournalFile): void {
    ftruncateSync(file.fd, file.length);
    this.#untidy = null;
  }

  #tidy(file: JournalFile): void {
    try {
      this.#cutOff(file);
    } catch {
      this.#untidy = file;
    }
  }
}

const lengthOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, part) => sum + part.length, 0);

/** What follows the first `bytes` of the parts. */
function behind(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let rest = bytes;
  return parts.flatMap((part) => {
    const gone = Math.min(rest, part.length);
    rest -= gone;
    return gone < part.length ? [part.subarray(gone)] : [];
  });
}
