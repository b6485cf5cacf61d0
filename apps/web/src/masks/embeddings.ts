import { type Cell, cellKey, type Embedding } from "@coscope/models";
import { abortedMask } from "./errors.ts";

/** Somebody waits for a click; a hover would like it soon; a prefetch may be wanted later. */
export type Purpose = "click" | "hover" | "prefetch";
const RANK: { readonly [P in Purpose]: number } = { click: 2, hover: 1, prefetch: 0 };

export interface EmbeddingStore {
  /** What is at hand, without asking anybody. */
  peek(cell: Cell): Embedding | undefined;
  /** Rejects with MaskError "aborted" when `signal` fires; the request ends when nobody waits for it. */
  get(cell: Cell, purpose: Purpose, signal?: AbortSignal): Promise<Embedding>;
  /** Ends what is being read, and forgets what is kept. */
  clear(): void;
}

interface Flight {
  readonly purpose: Purpose;
  readonly promise: Promise<Embedding>;
  readonly stop: AbortController;
  waiting: number;
}

const BYTES = 96 * 1024 * 1024;
/** Reads ahead beyond this many give way to newer ones. */
const AHEAD = 6;

/**
 * Embeddings of one scene, the last used kept up to a limit of bytes. Asked for twice, a region is read once; asked
 * for by a click while it is read ahead, the server hears that somebody waits now.
 */
export function createEmbeddings(
  load: (cell: Cell, purpose: Purpose, signal: AbortSignal) => Promise<Embedding>,
  maxBytes = BYTES,
): EmbeddingStore {
  const kept = new Map<string, Embedding>();
  const flights = new Map<string, Flight>();
  let bytes = 0;

  function keep(key: string, e: Embedding): void {
    if (kept.has(key)) return;
    kept.set(key, e);
    bytes += sizeOf(e);
    for (const [oldest, old] of kept) {
      if (bytes <= maxBytes || kept.size === 1) break;
      kept.delete(oldest);
      bytes -= sizeOf(old);
    }
  }

  function touch(key: string): Embedding | undefined {
    const e = kept.get(key);
    if (e) {
      kept.delete(key);
      kept.set(key, e);
    }
    return e;
  }

  function start(key: string, cell: Cell, purpose: Purpose): Flight {
    const found = flights.get(key);
    // One that was given up may still be on its way to say so.
    const before = found?.stop.signal.aborted ? undefined : found;
    if (before && RANK[before.purpose] >= RANK[purpose]) return before;
    const stop = new AbortController();
    const promise = load(cell, purpose, stop.signal).then((e) => {
      keep(key, e);
      return e;
    });
    const flight: Flight = { purpose, promise, stop, waiting: 0 };
    const landed = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    promise.then(landed, landed);
    flights.set(key, flight);
    // The server has joined both by now or answers either; who waited for the first goes on waiting for it.
    if (before && before.waiting === 0) before.stop.abort();
    return flight;
  }

  function limitAhead(): void {
    const ahead = [...flights].filter(([, f]) => f.purpose !== "click" && f.waiting === 0);
    for (const [key, flight] of ahead.slice(0, Math.max(0, ahead.length - AHEAD))) {
      flight.stop.abort();
      flights.delete(key);
    }
  }

  return {
    peek: (cell) => touch(cellKey(cell)),
    async get(cell, purpose, signal) {
      const key = cellKey(cell);
      const there = touch(key);
      if (there) return there;
      if (signal?.aborted) throw abortedMask();
      const flight = start(key, cell, purpose);
      if (purpose !== "click") {
        limitAhead();
        return flight.promise;
      }
      flight.waiting++;
      return new Promise<Embedding>((resolve, reject) => {
        const leave = () => {
          signal?.removeEventListener("abort", gone);
          flight.waiting--;
        };
        const gone = () => {
          leave();
          if (flight.waiting === 0) flight.stop.abort();
          reject(abortedMask());
        };
        signal?.addEventListener("abort", gone);
        flight.promise.then(
          (e) => {
            leave();
            resolve(e);
          },
          (error: unknown) => {
            leave();
            reject(error as Error);
          },
        );
      });
    },
    clear() {
      for (const { stop } of flights.values()) stop.abort();
      flights.clear();
      kept.clear();
      bytes = 0;
    },
  };
}

const sizeOf = (e: Embedding) =>
  e.fine.byteLength + e.coarse.byteLength + (e.tensors ?? []).reduce((n, { data }) => n + data.byteLength, 0);
