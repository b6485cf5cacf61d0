import { createHash } from "node:crypto";
import { checkDocument, contentHash } from "@coscope/annotations/document";
import * as Y from "yjs";
import type { BlobStore } from "../blobs/blob-store.ts";
import { readSnapshotBlob, SNAPSHOT_PREFIX } from "../store/documents.ts";
import { readMigrations } from "../store/migrate.ts";
import type { RowLine } from "./export-rows.ts";

/** What `verify` found. `problems` are faults; `notes` are worth knowing and cost nothing. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly documents: number;
  readonly updates: number;
  readonly updateBytes: number;
  readonly annotations: number;
  readonly snapshots: number;
  /** Updates that were written before hashes were kept: they decode, and nothing says whether they are as they were. */
  readonly unhashed: number;
  /** Rows of each table that was read, the log among them. */
  readonly rows: Readonly<Record<string, number>>;
  readonly problems: readonly Finding[];
  readonly notes: readonly Finding[];
}

export interface Finding {
  /** A document `e<epoch>/<layer>`, a table, or a blob. */
  readonly where: string;
  readonly what: string;
  /** Of a document: the layer's name and its image's, as people know them. */
  readonly names?: { readonly layer: string; readonly image: string | null };
}

/** A finding as one line. */
export function describeFinding({ where, what, names }: Finding): string {
  if (!names) return `${where}: ${what}`;
  return `${where} ("${names.layer}" of "${names.image ?? "an image that is missing"}"): ${what}`;
}

export interface VerifyOptions {
  /** null leaves snapshots that are blobs, and blobs without a row, unchecked. */
  readonly blobs: BlobStore | null;
  /**
   * Reads the rows of `document_snapshots` anew, where somebody may be editing: a snapshot that is replaced takes its
   * row and then its blob along, so one without a blob is a fault only while its row is still there.
   */
  readonly again?: (() => AsyncIterable<RowLine>) | undefined;
  onProgress?(updates: number): void;
}

interface UpdateRow {
  layer_id: string;
  epoch: number;
  sequence: number;
  bytes: string;
  user_id: string;
  client_ids: number[];
  /** Absent before the migration that brings it. */
  hash?: string | null;
}

interface SnapshotRow {
  layer_id: string;
  epoch: number;
  sequence: number;
  bytes: string | null;
  blob: string | null;
}

/**
 * Checks what `exportRows` gives with `snapshots`: every update is what was written, decodes and applies, in an unbroken
 * sequence up to the document's head; nobody wrote under another's client id; the document keeps the protocol; each
 * snapshot has exactly what the log has up to it, by content hash; blobs are there and are what their names say.
 */
export async function verifyRows(
  lines: AsyncIterable<RowLine>,
  { blobs, again, onProgress }: VerifyOptions,
): Promise<VerifyReport> {
  const problems: Finding[] = [];
  const notes: Finding[] = [];
  const rows: Record<string, number> = {};
  const heads = new Map<string, number>();
  const layers = new Map<string, { name: string; image_id: string }>();
  const images = new Map<string, string>();
  const keys = new Set<string>();
  /** Blob → what is wrong with it. */
  const damaged = new Map<string, Finding>();
  const migrations: { name: string; checksum: string }[] = [];
  const totals = { documents: 0, updates: 0, updateBytes: 0, annotations: 0, snapshots: 0, unhashed: 0 };
  let current: DocumentCheck | null = null;

  const finish = () => {
    if (!current) return;
    current.finish(heads.get(current.name));
    heads.delete(current.name);
    totals.documents++;
    totals.annotations += current.annotations;
    current.destroy();
    current = null;
  };
  const documentOf = (row: { layer_id: string; epoch: number }): DocumentCheck => {
    const name = `e${row.epoch}/${row.layer_id}`;
    if (current?.name === name) return current;
    finish();
    if (!layers.has(row.layer_id)) problems.push({ where: name, what: "its layer does not exist" });
    current = new DocumentCheck(name, (what) => problems.push(about(name, what)));
    return current;
  };
  const about = (name: string, what: string): Finding => {
    const layer = layers.get(name.slice(name.indexOf("/") + 1));
    if (!layer) return { where: name, what };
    return { where: name, what, names: { layer: layer.name, image: images.get(layer.image_id) ?? null } };
  };

  for await (const { table, json } of lines) {
    rows[table] = (rows[table] ?? 0) + 1;
    const row = JSON.parse(json);
    if (table === "schema_migration") migrations.push(row);
    else if (table === "layer") layers.set(row.id, row);
    else if (table === "image") images.set(row.id, row.name);
    else if (table === "document_head") heads.set(`e${row.epoch}/${row.layer_id}`, row.sequence);
    else if (table === "client_owner") documentOf(row).owners.set(row.client_id, row.user_id);
    else if (table === "document_snapshots") {
      totals.snapshots++;
      const { blob, bytes, sequence }: SnapshotRow = row;
      const document = documentOf(row);
      if (blob) keys.add(blob);
      if (bytes !== null) document.snapshots.set(sequence, bytesOf(bytes));
      else if (blob && blobs) {
        try {
          document.snapshots.set(sequence, await readSnapshotBlob(blobs, blob));
        } catch (error) {
          damaged.set(blob, { where: blob, what: (error as Error).message });
        }
      }
    } else if (table === "document_updates") {
      totals.updates++;
      totals.updateBytes += documentOf(row).add(row);
      if (!(row as UpdateRow).hash) totals.unhashed++;
      onProgress?.(totals.updates);
    }
  }
  finish();
  for (const [name, head] of heads)
    if (head > 0) problems.push(about(name, `its ${head} updates are missing`));
  // Where the file of a table was cut off, its rows are gone without a word.
  for (const [id, { image_id, name }] of layers)
    if (!images.has(image_id))
      problems.push({ where: `layer ${id}`, what: `the image of "${name}" is missing` });
  checkMigrations(migrations, problems, notes);
  if (totals.unhashed > 0)
    notes.push({
      where: "document_updates",
      what: `${totals.unhashed} updates were written before hashes were kept: a changed byte in these may go unnoticed`,
    });
  if (blobs) await checkBlobs(blobs, { keys, damaged, again }, problems, notes);
  return { ok: problems.length === 0, ...totals, rows, problems, notes };
}

/** Passes rows on as they are, and tells of updates that are no longer what was written. */
export async function* checkedRows(
  lines: AsyncIterable<RowLine>,
  tell: (what: string) => void,
): AsyncGenerator<RowLine> {
  for await (const line of lines) {
    if (line.table === "document_updates") {
      const { layer_id, epoch, sequence, bytes, hash }: UpdateRow = JSON.parse(line.json);
      if (hash && hash !== hashOf(bytesOf(bytes)))
        tell(`e${epoch}/${layer_id}: update ${sequence} is not what was written`);
    }
    yield line;
  }
}

/** One document while its rows go by. */
class DocumentCheck {
  readonly name: string;
  readonly owners = new Map<number, string>();
  /** Sequence → bytes, of those that could be read. */
  readonly snapshots = new Map<number, Uint8Array>();
  annotations = 0;
  readonly #doc = new Y.Doc();
  readonly #problem: (what: string) => void;
  #last = 0;
  /** The first row that broke something: what follows from it is not told again. */
  #broken = false;

  constructor(name: string, problem: (what: string) => void) {
    this.name = name;
    this.#problem = problem;
  }

  /** Returns the number of bytes. */
  add({ sequence, bytes: hex, user_id, client_ids, hash }: UpdateRow): number {
    const bytes = bytesOf(hex);
    if (sequence !== this.#last + 1)
      this.#fault(`update ${this.#last + 1} is missing: ${this.#last} is followed by ${sequence}`);
    this.#last = sequence;
    if (hash && hash !== hashOf(bytes)) this.#fault(`update ${sequence} is not what was written`);
    try {
      const clients = new Set(Y.decodeUpdate(bytes).structs.map((struct) => struct.id.client));
      Y.applyUpdate(this.#doc, bytes);
      for (const client of client_ids) {
        if (!clients.has(client)) this.#fault(`update ${sequence} does not hold the client id ${client}`);
        const owner = this.owners.get(client);
        if (owner !== user_id)
          this.#fault(
            `update ${sequence} of ${user_id} writes as ${client}, which is ${owner ?? "nobody"}'s`,
          );
      }
    } catch (error) {
      this.#fault(`update ${sequence} cannot be decoded: ${(error as Error).message}`);
    }
    const snapshot = this.snapshots.get(sequence);
    if (snapshot) this.#compare(sequence, snapshot);
    return bytes.byteLength;
  }

  finish(head: number | undefined): void {
    if (this.#last > 0 && head === undefined) this.#fault("there is no row in document_head");
    else if (this.#last !== (head ?? 0)) this.#fault(`${head} updates were written, ${this.#last} are there`);
    const { pendingStructs, pendingDs } = this.#doc.store;
    if (pendingStructs || pendingDs) this.#fault("some updates rest on others that are missing");
    for (const sequence of this.snapshots.keys())
      if (sequence > this.#last) this.#fault(`a snapshot of update ${sequence}, which is not there`);
    try {
      this.annotations = checkDocument(this.#doc).annotations;
    } catch (error) {
      this.#fault(`it does not keep the protocol: ${(error as Error).message}`);
    }
  }

  destroy(): void {
    this.#doc.destroy();
  }

  #compare(sequence: number, snapshot: Uint8Array): void {
    const doc = new Y.Doc();
    try {
      Y.applyUpdate(doc, snapshot);
      if (contentHash(doc) !== contentHash(this.#doc))
        this.#fault(`the snapshot at ${sequence} differs from the updates up to it`);
    } catch (error) {
      this.#fault(`the snapshot at ${sequence} cannot be decoded: ${(error as Error).message}`);
    } finally {
      doc.destroy();
    }
  }

  #fault(what: string): void {
    if (!this.#broken) this.#problem(what);
    this.#broken = true;
  }
}

/** PostgreSQL writes bytea into JSON as `\x` and hexadecimal digits. */
function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}

/** As `append_updates` in the database writes it. */
function hashOf(bytes: Uint8Array): string {
  return `\\x${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}`;
}

function checkMigrations(
  applied: readonly { name: string; checksum: string }[],
  problems: Finding[],
  notes: Finding[],
): void {
  const known = readMigrations();
  applied.forEach(({ name, checksum }, i) => {
    if (known[i]?.name !== name)
      problems.push({ where: name, what: "this Coscope does not know this migration" });
    else if (known[i].checksum !== checksum)
      problems.push({ where: name, what: "the migration was changed" });
  });
  if (applied.length < known.length)
    notes.push({
      where: "schema_migration",
      what: `${known.length - applied.length} migrations wait for the next start`,
    });
}

interface NamedBlobs {
  /** Those that rows name, and among them those that could not be read. */
  readonly keys: ReadonlySet<string>;
  readonly damaged: ReadonlyMap<string, Finding>;
  readonly again: VerifyOptions["again"];
}

/** A blob that its row still names must be there; one that no row names may be deleted. */
async function checkBlobs(
  blobs: BlobStore,
  { keys, damaged, again }: NamedBlobs,
  problems: Finding[],
  notes: Finding[],
): Promise<void> {
  const orphans: string[] = [];
  for await (const { key } of blobs.list(SNAPSHOT_PREFIX)) if (!keys.has(key)) orphans.push(key);
  const named = again && (damaged.size > 0 || orphans.length > 0) ? await namedNow(again()) : keys;
  for (const [key, finding] of damaged) if (named.has(key)) problems.push(finding);
  const when = again ? " once the server is stopped" : "";
  for (const key of orphans)
    if (!named.has(key))
      notes.push({ where: key, what: `a snapshot that no row names; it may be deleted${when}` });
}

async function namedNow(lines: AsyncIterable<RowLine>): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { json } of lines) {
    const { blob } = JSON.parse(json) as SnapshotRow;
    if (blob) keys.add(blob);
  }
  return keys;
}
