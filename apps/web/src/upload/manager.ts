import { type DetailedError, Upload } from "tus-js-client";
import { errorFromBody, errorSentence } from "../api/errors.ts";
import { createStore, type Store } from "../state/store.ts";
import { imagesChanged } from "./changed.ts";
import type { Dropped } from "./dropped.ts";
import { type Keeping, keeping, keepingMetadata } from "./keeping.ts";
import { blobOf, fingerprintOf } from "./pack.ts";
import { type Parcel, parcelsOf } from "./parcels.ts";
import { rememberUploads } from "./remembered.ts";
import { type ImportRow, isConverting, isOver, itemOf, merged, type UploadItem } from "./rows.ts";

const ENDPOINT = "/api/uploads";
/** One request carries this much: what a proxy in between takes, and what a break costs at most. */
const CHUNK_BYTES = 16 * 2 ** 20;
const AT_ONCE = 2;
const POLL_MS = 1000;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
/** Read whole to state its checksum; larger files would be read twice. */
const CHECKSUM_BYTES = 32 * 2 ** 20;

export interface Uploads {
  readonly items: Store<readonly UploadItem[]>;
  /** Said once, to whoever listens: what was left out, what is ready. */
  readonly said: Store<string>;
  add(files: readonly Dropped[]): void;
  /** Ends what is under way; takes what is over off the list. */
  remove(key: string): void;
  clearOver(): void;
  /** Asks the server what is there from before. */
  load(): Promise<void>;
}

interface Sending {
  readonly parcel: Parcel;
  readonly keep: Keeping;
  upload: Upload | null;
  tries: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export function createUploads(): Uploads {
  const items = createStore<readonly UploadItem[]>([]);
  const said = createStore("");
  const sendings = new Map<string, Sending>();
  let polling: ReturnType<typeof setTimeout> | undefined;

  items.subscribe(() => rememberUploads(items.get().some((item) => !isOver(item))));
  addEventListener("online", () => {
    for (const [key, sending] of sendings) if (find(key)?.state === "offline") resume(sending);
  });

  const find = (key: string) => items.get().find((item) => item.key === key);
  function change(key: string, part: Partial<UploadItem>): void {
    items.set((now) => now.map((item) => (item.key === key ? { ...item, ...part } : item)));
  }

  function add(files: readonly Dropped[]): void {
    const { parcels, leftOut } = parcelsOf(files);
    if (parcels.length === 0) said.set("There is no image among these files.");
    else if (leftOut > 0)
      said.set(`${leftOut === 1 ? "One file that is" : `${leftOut} files that are`} no image left out.`);
    const keep = keeping.get();
    for (const parcel of parcels) {
      // What was begun with other wishes is another upload.
      const key = [fingerprintOf(parcel), ...Object.keys(keepingMetadata(keep))].join("-");
      const known = find(key);
      if (known && !isOver(known)) continue;
      // The row of the same file from before a reload: it goes on there.
      const before = items.get().find((item) => item.state === "interrupted" && item.name === parcel.name);
      const item: UploadItem = {
        ...{ key, id: null, name: parcel.name, bytes: parcel.bytes, sent: before?.sent ?? 0 },
        ...{ state: "queued", progress: 0, problem: "", images: [] },
      };
      sendings.set(key, { parcel, keep, upload: null, tries: 0, timer: undefined });
      items.set((now) => [...now.filter((other) => other.key !== key && other !== before), item]);
    }
    pump();
  }

  function pump(): void {
    const busy = items.get().filter(({ state }) => state === "uploading" || state === "offline").length;
    const next = items.get().filter(({ state }) => state === "queued");
    for (const { key } of next.slice(0, Math.max(0, AT_ONCE - busy))) {
      const sending = sendings.get(key);
      if (sending) void begin(key, sending);
    }
  }

  async function begin(key: string, sending: Sending): Promise<void> {
    change(key, { state: "uploading" });
    const { parcel, keep } = sending;
    const blob = blobOf(parcel);
    const sha256 = parcel.packed ? null : await checksum(blob).catch(() => null);
    if (find(key)?.state !== "uploading") return;
    const upload = new Upload(blob as File, {
      endpoint: ENDPOINT,
      chunkSize: CHUNK_BYTES,
      retryDelays: null,
      fingerprint: async () => key,
      removeFingerprintOnSuccess: true,
      metadata: { filename: parcel.name, ...(sha256 && { sha256 }), ...keepingMetadata(keep) },
      onUploadUrlAvailable() {
        change(key, { id: upload.url?.split("/").at(-1) ?? null });
      },
      onProgress(sent) {
        sending.tries = 0;
        change(key, { sent, state: "uploading" });
      },
      onSuccess() {
        sendings.delete(key);
        change(key, { state: "waiting", sent: blob.size });
        pump();
        poll();
      },
      onError: (error) => failed(key, sending, error as DetailedError),
    });
    sending.upload = upload;
    // A file whose upload was begun before, here or before a reload, goes on where it stopped.
    const [previous] = await upload.findPreviousUploads().catch(() => []);
    if (find(key)?.state !== "uploading") return;
    if (previous) upload.resumeFromPreviousUpload(previous);
    upload.start();
  }

  function resume(sending: Sending): void {
    clearTimeout(sending.timer);
    sending.upload?.start();
  }

  function failed(key: string, sending: Sending, error: DetailedError): void {
    const response = error.originalResponse;
    const status = response?.getStatus() ?? 0;
    const passing = status === 0 || status >= 500 || status === 409 || status === 423 || status === 429;
    if (error.originalRequest && passing && !unreadable(error)) {
      change(key, { state: "offline" });
      const wait = RETRY_MS[Math.min(sending.tries++, RETRY_MS.length - 1)]!;
      sending.timer = setTimeout(() => resume(sending), wait);
      return;
    }
    sendings.delete(key);
    change(key, { state: "failed", problem: problemOf(error, status, response?.getBody()) });
    pump();
  }

  function poll(): void {
    if (polling !== undefined) return;
    polling = setTimeout(async () => {
      polling = undefined;
      await refresh().catch(() => {});
      if (items.get().some(isConverting)) poll();
    }, POLL_MS);
  }

  async function refresh(): Promise<ImportRow[]> {
    const response = await fetch("/api/imports", { credentials: "same-origin" });
    if (!response.ok) throw errorFromBody(response.status, null);
    const rows = (await response.json()) as ImportRow[];
    const byId = new Map(rows.map((row) => [row.id, row]));
    let more = false;
    const words: string[] = [];
    items.set((now) =>
      now.map((item) => {
        const row = item.id === null ? undefined : byId.get(item.id);
        // What another tab took off the list, or what expired.
        if (!row) return isConverting(item) ? { ...item, state: "cancelled" } : item;
        const next = merged(item, row);
        more ||= next.images.length > item.images.length;
        if (next.state === "ready" && item.state !== "ready") words.push(`${item.name} is ready.`);
        if (next.state === "failed" && item.state !== "failed") words.push(`${item.name} was not imported.`);
        return next;
      }),
    );
    if (words.length > 0) said.set(words.join(" "));
    if (more) imagesChanged.set((count) => count + 1);
    return rows;
  }

  async function forget(id: string | null): Promise<void> {
    if (id !== null)
      await fetch(`/api/imports/${id}`, { method: "DELETE", credentials: "same-origin" }).catch(() => {});
  }

  function remove(key: string): void {
    const item = find(key);
    if (!item) return;
    const sending = sendings.get(key);
    clearTimeout(sending?.timer);
    sendings.delete(key);
    void (async () => {
      // Also forgets the fingerprint, so that the same file begins anew.
      await sending?.upload?.abort(true).catch(() => {});
      await forget(item.id ?? sending?.upload?.url?.split("/").at(-1) ?? null);
    })();
    items.set((now) => now.filter((other) => other.key !== key));
    pump();
  }

  return {
    items,
    said,
    add,
    remove,
    clearOver() {
      for (const item of items.get()) if (isOver(item)) remove(item.key);
    },
    async load() {
      const rows = await refresh().catch(() => []);
      const known = new Set(items.get().map(({ id }) => id));
      const others = rows.filter(({ id, state }) => !known.has(id) && state !== "cancelled").map(itemOf);
      items.set((now) => [...others, ...now]);
      if (items.get().some(isConverting)) poll();
    },
  };
}

/** A file that was changed, moved or is being written since it was chosen. */
const unreadable = (error: Error): boolean =>
  /NotReadable|NotFound|could not be read/i.test(`${error.name} ${error.message}`);

function problemOf(error: Error, status: number, body: string | undefined): string {
  if (unreadable(error) || status === 0)
    return "The file can no longer be read: it was moved or changed. Drop it again.";
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(body ?? "");
  } catch {
    // A proxy's own page: the status says enough.
  }
  return errorSentence(errorFromBody(status, parsed)).replaceAll("`", "");
}

async function checksum(blob: Blob): Promise<string | null> {
  // Plain http on a name has no `crypto.subtle`: lengths are checked all the same.
  if (blob.size > CHECKSUM_BYTES || !globalThis.crypto?.subtle) return null;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const uploads = createUploads();
