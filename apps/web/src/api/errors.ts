/** Codes made by the page itself; every other code comes from the server. */
export type LocalErrorCode = "unreachable" | "not-json" | "aborted";

/**
 * A request that did not do what was asked.
 * `message` says what happened in a sentence, `next` what the person can do about it.
 * `status` is the HTTP status, 0 when no answer came.
 * `details` holds the further fields of the server's error (`count` of a class in use,
 * `current` row of a revision conflict …).
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly status: number;
  readonly next: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(fields: {
    code: LocalErrorCode | (string & {});
    status: number;
    message: string;
    next?: string | undefined;
    details?: Readonly<Record<string, unknown>>;
    cause?: unknown;
  }) {
    super(fields.message, { cause: fields.cause });
    this.code = fields.code;
    this.status = fields.status;
    this.next = fields.next;
    this.details = fields.details ?? {};
  }
}

export function isApiError(error: unknown, code?: string): error is ApiError {
  return error instanceof ApiError && (code === undefined || error.code === code);
}

/** One or two plain sentences for the person, whatever was thrown. */
export function errorSentence(error: unknown): string {
  if (error instanceof ApiError) return error.next ? `${error.message} ${error.next}` : error.message;
  if (error instanceof Error && error.message) return error.message;
  return "Something went wrong. Reload the page and try again.";
}

/** Turns the body of a refused request into an ApiError; a body that is not ours still gives a sentence. */
export function errorFromBody(status: number, body: unknown): ApiError {
  const outer = isRecord(body) ? body : {};
  const inner = isRecord(outer["error"]) ? outer["error"] : {};
  const { code, message, next, ...rest } = inner;
  const { error: _error, ...siblings } = outer;
  return new ApiError({
    code: typeof code === "string" ? code : `http-${status}`,
    status,
    message: typeof message === "string" ? message : sentenceForStatus(status),
    next: typeof next === "string" ? next : undefined,
    details: { ...siblings, ...rest },
  });
}

function sentenceForStatus(status: number): string {
  if (status === 401) return "You are not signed in here any more.";
  if (status === 403) return "You may not do this here.";
  if (status === 404) return "This is not here any more.";
  if (status === 409) return "Someone changed this a moment ago.";
  if (status === 413) return "This is more than the server takes at once.";
  if (status === 429) return "That was too often. Wait a moment and try again.";
  if (status >= 500) return "The server could not do this. What you drew is kept.";
  return `The server refused this (${status}).`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
