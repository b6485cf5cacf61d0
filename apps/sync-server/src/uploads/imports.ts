import { existsSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { readNote, writeNote } from "../images/note.ts";
import { bytesIn } from "./bytes-in.ts";
import { EXPIRE_MS, type Held, type UploadLimits, WORKERS } from "./limits.ts";
import type { ImportFailure, ImportRecord } from "./record.ts";
import { createRecordStore, isOver } from "./record.ts";
import { type ChildMessage, type ChildRun, removeBuilding, runChild } from "./run-child.ts";

export interface ImportsOptions {
  /** Where uploads and their records are. */
  readonly dir: string;
  readonly imagesDir: string;
  readonly limits: UploadLimits;
  readonly log: Logger;
  /** Makes a row for a new image folder; resolves to the row's id. */
  register(folder: string, fields: { name: string; projectId: string; userId: string }): Promise<string>;
}

/** What is over is shown for so long. */
const KEEP_MS = 24 * 3600 * 1000;
const SWEEP_MS = 10 * 60_000;

const isFresh = ({ endedAt, createdAt }: ImportRecord): boolean =>
  Date.now() - Date.parse(endedAt ?? createdAt) <= KEEP_MS;

export type Imports = Awaited<ReturnType<typeof createImports>>;

/**
 * Uploads and what becomes of them. Bytes come in through tus (`tus.ts`); a finished upload waits for its turn, is converted in a process of
 * its own, and its file is removed. Survives a restart at any moment: what was uploading can go on, what was converting begins anew.
 */
export async function createImports({ dir, imagesDir, limits, log, register }: ImportsOptions) {
  await mkdir(dir, { recursive: true });
  await mkdir(imagesDir, { recursive: true });
  const store = createRecordStore(dir);
  const records = new Map((await store.load()).map((record) => [record.id, record]));
  const running = new Map<string, ChildRun>();
  const workers = limits.workers ?? WORKERS;
  let closed = false;

  const fileOf = (id: string) => join(dir, id);

  async function removeFiles(id: string): Promise<void> {
    await rm(fileOf(id), { force: true });
    await rm(`${fileOf(id)}.json`, { force: true });
  }

  async function save(record: ImportRecord): Promise<void> {
    await store.save(record).catch((err) => log.error({ err, import: record.id }, "import record not saved"));
  }

  async function end(
    record: ImportRecord,
    state: "ready" | "failed" | "cancelled",
    error: ImportFailure | null = null,
  ): Promise<void> {
    const result = { state, error, endedAt: new Date().toISOString() };
    await save({ ...record, ...result });
    await removeFiles(record.id);
    Object.assign(record, result);
    if (error) log.info({ import: record.id, code: error.code }, "import failed");
  }

  /** Those who have none running first, then by age. */
  function nextWaiting(): ImportRecord | undefined {
    const waiting = [...records.values()].filter(({ state }) => state === "waiting");
    const busy = new Set([...running.keys()].map((id) => records.get(id)?.userId));
    return waiting.find(({ userId }) => !busy.has(userId)) ?? (workers > busy.size ? waiting[0] : undefined);
  }

  function pump(): void {
    while (!closed && running.size < workers) {
      const record = nextWaiting();
      if (!record) return;
      record.state = "converting";
      record.progress = 0;
      const run = runChild(
        {
          id: record.id,
          path: fileOf(record.id),
          imagesDir,
          name: record.name,
          keepMetadata: record.keepMetadata,
          withAssociated: record.withAssociated,
          sha256: record.sha256,
          done: record.images.map(({ name }) => name),
        },
        (message) =>
          hear(record, message).catch((err) => log.error({ err, import: record.id }, "import failed")),
      );
      running.set(record.id, run);
      void save(record);
      void run.ended.then(async () => {
        running.delete(record.id);
        // Cancelled while it ran: its files go when nothing reads them any more.
        if (record.state === "cancelled") await removeFiles(record.id);
        pump();
      });
    }
  }

  async function hear(record: ImportRecord, message: ChildMessage): Promise<void> {
    if (record.state !== "converting") return;
    switch (message.type) {
      case "progress":
        record.progress = message.share;
        return;
      case "image": {
        const { name, folder, bytes } = message;
        const { projectId, userId } = record;
        const id = await register(folder, { name, projectId, userId });
        record.images.push({ id, name, folder, bytes });
        return save(record);
      }
      case "failed":
        return end(record, "failed", message.error);
      case "done": {
        const [first] = message.failures;
        record.failures = [...message.failures];
        record.progress = 1;
        if (record.images.length > 0) return end(record, "ready");
        return end(
          record,
          "failed",
          first ?? { code: "nothing-to-import", message: `${record.name}: there is no image in there.` },
        );
      }
    }
  }

  async function sweep(): Promise<void> {
    const now = Date.now();
    for (const record of [...records.values()]) {
      if (isOver(record) && !isFresh(record)) await forget(record);
      if (record.state !== "uploading") continue;
      const touched = await stat(fileOf(record.id)).then(
        (stats) => stats.mtimeMs,
        () => Date.parse(record.createdAt),
      );
      if (now - touched <= (limits.expireMs ?? EXPIRE_MS)) continue;
      records.delete(record.id);
      await store.remove(record.id);
      await removeFiles(record.id);
      log.info({ import: record.id }, "unfinished upload expired");
    }
  }

  /** What a person no longer wants to see. Its images still count, as they are there; what it was called is forgotten. */
  async function forget(record: ImportRecord): Promise<void> {
    const images = record.images.filter(({ folder }) => existsSync(folder));
    if (images.length === 0) {
      records.delete(record.id);
      return store.remove(record.id);
    }
    if (record.hidden && images.length === record.images.length) return;
    const nameless = images.map((image) => ({ ...image, name: "" }));
    const left = { ...record, name: "", images: nameless, error: null, failures: [], hidden: true };
    records.set(record.id, left);
    await save(left);
  }

  /** Images that were complete when the server ended, and had no row yet. */
  async function adopt(): Promise<void> {
    for (const entry of await readdir(imagesDir)) {
      if (entry.startsWith(".")) continue;
      const folder = join(imagesDir, entry);
      const note = await readNote(folder);
      if (!note?.importId) continue;
      const record = records.get(note.importId);
      if (!record || record.hidden) {
        // Nobody's: the list of images finds it.
        await writeNote(folder, { ...note, importId: null });
        continue;
      }
      try {
        const { name } = note;
        const id = await register(folder, { name, projectId: record.projectId, userId: record.userId });
        if (record.images.some((image) => image.folder === folder)) continue;
        record.images.push({ id, name, folder, bytes: await bytesIn(folder) });
        await save(record);
      } catch (err) {
        log.error({ err, import: record.id }, "image of an import without its upload");
        await writeNote(folder, { ...note, importId: null });
      }
    }
  }

  /** Files that belong to no record: of an upload that was refused, or of records that were lost. */
  async function removeStrays(): Promise<void> {
    for (const name of await readdir(dir)) {
      const id = name.split(".")[0]!;
      const record = records.get(id);
      const wanted = record && (!isOver(record) || name.endsWith(".job.json"));
      if (!wanted) await rm(join(dir, name), { force: true, recursive: true });
    }
  }

  await removeBuilding(imagesDir);
  await adopt();
  await removeStrays();
  for (const record of records.values()) {
    if (record.state === "converting") record.state = "waiting";
    if (record.state === "uploading") {
      // The last bytes may have come just before the server ended.
      const size = await stat(fileOf(record.id)).then(
        (stats) => stats.size,
        () => null,
      );
      if (size === record.bytes) record.state = "waiting";
    }
  }
  const sweeping = setInterval(
    () => void sweep().catch((err) => log.error({ err }, "sweep of uploads failed")),
    SWEEP_MS,
  );
  sweeping.unref();
  await sweep();
  pump();

  return {
    dir,
    /** An upload begins. */
    async add(record: ImportRecord): Promise<void> {
      records.set(record.id, record);
      await store.save(record);
    },
    /** Its creation failed after all. */
    async drop(id: string): Promise<void> {
      records.delete(id);
      await store.remove(id);
    },
    /** All bytes are there. */
    async arrived(id: string): Promise<void> {
      const record = records.get(id);
      if (record?.state !== "uploading") return;
      record.state = "waiting";
      await save(record);
      pump();
    },
    get: (id: string): ImportRecord | undefined => records.get(id),
    /** Of one person, oldest first. */
    list: (userId: string): ImportRecord[] =>
      [...records.values()].filter((record) => record.userId === userId && !record.hidden),
    /** Bytes that have come of an upload. */
    received: (id: string): Promise<number> =>
      stat(fileOf(id)).then(
        (stats) => stats.size,
        () => 0,
      ),
    pending: (userId: string): number =>
      [...records.values()].filter((record) => record.userId === userId && !isOver(record)).length,
    async held(userId: string): Promise<Held> {
      const held = { expected: 0, all: 0, own: 0 };
      for (const record of records.values()) {
        let bytes = 0;
        if (!isOver(record)) bytes += record.bytes;
        for (const image of record.images) if (existsSync(image.folder)) bytes += image.bytes;
        held.all += bytes;
        if (record.userId === userId) held.own += bytes;
        if (record.state === "uploading")
          held.expected += record.bytes - (await stat(fileOf(record.id)).catch(() => ({ size: 0 }))).size;
      }
      return held;
    },
    /** Ends what is going on, or takes what is over off the list. */
    async cancel(id: string): Promise<void> {
      const record = records.get(id);
      if (!record) return;
      if (isOver(record)) return forget(record);
      record.state = "cancelled";
      record.endedAt = new Date().toISOString();
      const run = running.get(id);
      run?.stop();
      await save(record);
      if (run) await run.ended;
      await removeFiles(id);
    },
    async close(): Promise<void> {
      closed = true;
      clearInterval(sweeping);
      const runs = [...running.values()];
      for (const run of runs) run.stop();
      await Promise.all(runs.map((run) => run.ended));
    },
  };
}
