import type { Logger } from "pino";
import { causesOf, isServerError, ServerError } from "../errors.ts";

/** As long as an outage lasts, the log says so at most this often. */
const EVERY_MS = 10_000;
/** Connections refused, cut off or lost on the way, and a PostgreSQL that stops, starts or has no place left. */
const CODES =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT|08\w{3}|57P0[1-5]|53300|57014|25P03)$/;
/** Begins the message of every question that Drizzle could not ask, with what the driver said as its cause. */
export const FAILED_QUERY = "Failed query";
/** What pg and the built-in database's client say without a code. */
const MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout e(xceeded|xpired)|Query read timeout|The thread of the database|The database .* answered nothing|Cannot use a pool after)/;

/** Whether a question failed because the database cannot be reached just now, and not because of what was asked. */
export function isOutage(error: unknown): boolean {
  // Other servers, with images or blobs, fail with the same codes.
  let isQuestion = false;
  for (const at of causesOf(error)) {
    if (isServerError(at) && at.code !== "store-failed") return false;
    const message = `${at.message ?? ""}`;
    isQuestion ||= message.startsWith(FAILED_QUERY);
    if (isQuestion && typeof at.code === "string" && CODES.test(at.code)) return true;
    if (MESSAGES.test(message)) return true;
  }
  return false;
}

/** What the innermost of an error's causes says, in one line. */
export function reasonOf(error: unknown): string {
  const at = [...causesOf(error)].at(-1) ?? error;
  const { message, code, errors } = (at ?? {}) as { message?: string; code?: string; errors?: unknown[] };
  // Where a name has several addresses, each has its reason.
  if (!message && errors?.[0]) return reasonOf(errors[0]);
  return (message || code || String(at)).split("\n")[0]!;
}

/** Told to people and programs instead of what the driver says. */
export function unavailable(cause: unknown): ServerError {
  return new ServerError("store-failed", "The database does not answer just now.", {
    next: "Try again in some seconds; what is drawn stays in the page until it is saved.",
    cause,
  });
}

export interface Outage {
  /** Something failed because of it. One line at the beginning, then one every 10 s. */
  tell(error: unknown, where: string): void;
  /** The database answers again. */
  over(): void;
}

const outages = new WeakMap<Logger, Outage>();

/** The outage that a log tells of: whoever notices it, it is one. */
export function outageOf(log: Logger): Outage {
  const known = outages.get(log);
  if (known) return known;
  let began: number | null = null;
  let told = Number.NEGATIVE_INFINITY;
  let said = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  const outage: Outage = {
    tell(error, where) {
      const now = performance.now();
      // Where nobody noticed the end, what comes long after is another one.
      if (began === null || now - told > 3 * EVERY_MS) began = now;
      told = now;
      if (now - said < EVERY_MS) {
        unsaid++;
        return;
      }
      log.error(
        { where, reason: reasonOf(error), seconds: Math.round((now - began) / 1000), unsaid },
        "the database does not answer",
      );
      said = now;
      unsaid = 0;
    },
    over() {
      if (began === null) return;
      log.info({ seconds: Math.round((performance.now() - began) / 1000) }, "the database answers again");
      began = null;
      said = Number.NEGATIVE_INFINITY;
      unsaid = 0;
    },
  };
  outages.set(log, outage);
  return outage;
}
