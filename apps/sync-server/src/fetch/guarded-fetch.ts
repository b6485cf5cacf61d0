import { lookup as systemLookup } from "node:dns/promises";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { ServerError } from "../errors.ts";
import type { AllowList } from "./allow-list.ts";
import { answerOf } from "./answer.ts";
import { type CheckedAddress, checkAddress, checkRedirect, checkResolved } from "./check-address.ts";
import { explainFailure, isPassing, timedOut } from "./explain.ts";

/** IP addresses of a name; throws as `dns.lookup` does. */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

/** Headers that prove who we are to an address, asked for anew at every redirect; null where it needs none. */
export type CredentialsFor = (url: URL, method: string) => Promise<Readonly<Record<string, string>> | null>;

export interface GuardedOptions {
  readonly allow: AllowList;
  readonly resolver?: Resolver;
  readonly method?: "GET" | "HEAD";
  /** Sent along; of these only the harmless ones follow a redirect to another origin. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: CredentialsFor;
  readonly signal?: AbortSignal;
  /** Most bytes of one answer, unpacked. */
  readonly maxBytes?: number;
  /** From the first request to the last byte, redirects and retries included. */
  readonly totalMs?: number;
  /** Without a byte for so long, the connection is given up. */
  readonly idleMs?: number;
  /** Tries after the first, where the network or a busy server failed. */
  readonly retries?: number;
  /** Wait before the first retry; doubled each time. */
  readonly retryMs?: number;
  /** Connections to go on with; left out, each request has its own. */
  readonly agents?: { readonly http: http.Agent; readonly https: https.Agent };
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const BUSY = new Set([429, 502, 503, 504]);
const MAX_RETRY_AFTER_MS = 5_000;
const MAX_BYTES = 256 * 2 ** 20;
const TOTAL_MS = 60_000;
const IDLE_MS = 20_000;
/** What may be told to an origin that a redirect leads to. */
const FOLLOWS = new Set(["accept", "range", "if-range", "if-none-match", "if-modified-since", "origin"]);

const resolveBySystem: Resolver = async (hostname) =>
  (await systemLookup(hostname, { all: true, verbatim: true })).map(({ address }) => address);

/**
 * Fetches an address that a person gave, as a server may: hosts of the operator's list only, names resolved once and
 * connected to where they were checked, redirects followed by hand and checked like the first address, limits on
 * bytes and time. Answers what `fetch` would; the body is read from the network as it is read from the answer.
 * @throws ServerError "address-refused" | "host-not-allowed" | "upstream-…"; the signal's reason when aborted
 */
export async function guardedFetch(address: string | URL, options: GuardedOptions): Promise<Response> {
  const { method = "GET", retries = 2, retryMs = 300, totalMs = TOTAL_MS, signal } = options;
  const first = checkAddress(address, options.allow);
  const limit = AbortSignal.timeout(totalMs);
  const ends = signal ? AbortSignal.any([signal, limit]) : limit;
  const fail = (error: unknown): unknown => {
    if (signal?.aborted) return signal.reason;
    return limit.aborted ? timedOut(first.url.host, totalMs) : error;
  };
  try {
    for (let tries = 0; ; tries++) {
      const last = tries >= retries;
      try {
        const { message, url } = await follow(first, options, ends);
        if (last || !BUSY.has(message.statusCode!)) {
          return answerOf(message, url, { method, maxBytes: options.maxBytes ?? MAX_BYTES, fail });
        }
        message.destroy();
        await wait(retryAfterMs(message) ?? backOff(retryMs, tries), null, { signal: ends });
      } catch (error) {
        if (last || ends.aborted || !isPassing(error)) throw error;
        await wait(backOff(retryMs, tries), null, { signal: ends });
      }
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw explainFailure(fail(error), first.url.host);
  }
}

const backOff = (ms: number, tries: number) => ms * 2 ** tries * (1 + Math.random() / 2);

function retryAfterMs(message: IncomingMessage): number | null {
  const seconds = Number(message.headers["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : null;
}

async function follow(
  first: CheckedAddress,
  options: GuardedOptions,
  signal: AbortSignal,
): Promise<{ message: IncomingMessage; url: URL }> {
  let target = first;
  for (let hops = 0; ; hops++) {
    const message = await send(target, await headersFor(target.url, first.url, options), options, signal);
    const { location } = message.headers;
    if (!REDIRECTS.has(message.statusCode!) || location === undefined) return { message, url: target.url };
    message.destroy();
    if (hops >= MAX_REDIRECTS) {
      throw new ServerError(
        "upstream-failed",
        `${first.url.host} redirects more than ${MAX_REDIRECTS} times.`,
        {
          next: "Use the address that the last redirect leads to.",
        },
      );
    }
    target = checkRedirect(target.url, location, options.allow);
  }
}

async function headersFor(
  url: URL,
  first: URL,
  { headers = {}, credentials, method = "GET" }: GuardedOptions,
): Promise<Record<string, string>> {
  const same = url.origin === first.origin;
  const own = Object.entries(headers).filter(([name]) => same || FOLLOWS.has(name.toLowerCase()));
  return {
    Accept: "*/*",
    "User-Agent": "Coscope",
    ...Object.fromEntries(own),
    // Parts of a packed answer cannot be unpacked.
    "Accept-Encoding": "identity",
    ...(await credentials?.(url, method)),
  };
}

function send(
  target: CheckedAddress,
  headers: Record<string, string>,
  { method = "GET", resolver = resolveBySystem, idleMs = IDLE_MS, agents }: GuardedOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { url, hostname, port } = target;
  const secure = url.protocol === "https:";
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request({
      protocol: url.protocol,
      hostname,
      port,
      path: url.pathname + url.search,
      method,
      headers,
      signal,
      timeout: idleMs,
      agent: agents ? (secure ? agents.https : agents.http) : false,
      lookup: pinnedLookup(target, resolver),
    });
    let answer: IncomingMessage | undefined;
    request.on("timeout", () => (answer ?? request).destroy(timedOut(url.host, idleMs)));
    request.on("error", reject);
    request.on("response", (message) => {
      answer = message;
      // It is told to whoever reads; that nobody does yet must not end the process.
      message.on("error", () => {});
      resolve(message);
    });
    // Not asked for, so nobody would read it.
    request.on("upgrade", (_message, socket) => socket.destroy());
    request.on("socket", (socket) => watch(socket, target, (error) => request.destroy(error)));
    request.end();
  });
}

/** The addresses that are checked are the ones that are connected to: nobody resolves the name a second time. */
function pinnedLookup(target: CheckedAddress, resolver: Resolver): LookupFunction {
  return (hostname, { all, family }, callback) => {
    resolver(hostname)
      .then((addresses) => {
        checkResolved(target, addresses);
        const found = addresses
          .map((address) => ({ address, family: isIP(address) }))
          .filter((entry) => !family || entry.family === family || family === `IPv${entry.family}`);
        const [one] = found;
        if (!one) throw Object.assign(new Error(`no address of ${hostname}`), { code: "ENOTFOUND" });
        if (all) callback(null, found);
        else callback(null, one.address, one.family);
      })
      .catch((error) => callback(error, "", 0));
  };
}

/** Once more where it counts: whom the socket really reached. */
function watch(socket: Socket, target: CheckedAddress, refuse: (error: Error) => void): void {
  if (!socket.connecting) return;
  socket.once("connect", () => {
    const reached = socket.remoteAddress;
    if (reached === undefined) return;
    try {
      checkResolved(target, [reached.replace(/^::ffff:(?=\d+\.)/, "")]);
    } catch (error) {
      refuse(error as Error);
    }
  });
}
