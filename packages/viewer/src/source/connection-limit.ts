import { abortedError } from "../errors.ts";

/** Runs a request when it is its turn; a turn lasts until the answer was read to its end. */
export type ConnectionLimit = <T>(
  url: string,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
) => Promise<T>;

/**
 * At most `most` requests at once to each host that `applies`, first come first
 * served. Over HTTP/1.1 a browser opens six connections to a host: pixels may
 * not take all of them where the same host also keeps what people draw.
 */
export function connectionLimit(most: number, applies: (url: URL) => boolean): ConnectionLimit {
  const hosts = new Map<string, { running: number; readonly waiting: (() => void)[] }>();
  return async (url, signal, run) => {
    const parsed = new URL(url);
    if (!applies(parsed)) return run();
    let host = hosts.get(parsed.host);
    if (!host) {
      host = { running: 0, waiting: [] };
      hosts.set(parsed.host, host);
    }
    if (host.running < most) host.running++;
    else await turn(host.waiting, url, signal);
    try {
      return await run();
    } finally {
      const next = host.waiting.shift();
      if (next) next();
      else host.running--;
    }
  };
}

/** Resolves when whoever ran before hands its place over. */
function turn(waiting: (() => void)[], url: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortedError(url));
    const begin = () => {
      signal?.removeEventListener("abort", leave);
      resolve();
    };
    const leave = () => {
      waiting.splice(waiting.indexOf(begin), 1);
      reject(abortedError(url));
    };
    signal?.addEventListener("abort", leave, { once: true });
    waiting.push(begin);
  });
}

/** Whether a page or worker may run short of connections to a host: its own, reached over HTTP/1.1. */
export function sharesConnections(url: URL): boolean {
  const { location, performance } = globalThis as {
    location?: { origin?: string };
    performance?: Performance;
  };
  if (!location?.origin || url.origin !== location.origin) return false;
  const known = performance?.getEntriesByType?.("resource") as PerformanceResourceTiming[] | undefined;
  const protocol = known?.find((entry) => entry.name.startsWith(`${url.origin}/`))?.nextHopProtocol;
  return protocol !== "h2" && protocol !== "h3";
}
