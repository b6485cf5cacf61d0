/** What went wrong with an image, in terms a person can act on. */
export type SourceErrorCode =
  | "unreachable"
  | "cors"
  | "not-found"
  | "not-an-image"
  | "unsupported"
  | "malformed"
  | "too-large"
  | "aborted";

export interface SourceErrorFields {
  /** The address that was asked. */
  readonly url: string;
  /** What should have been there, in a few words. */
  readonly expected: string;
  /** What came instead. */
  readonly got: string;
  /** What a person can do about it: one sentence. */
  readonly next: string;
}

export interface SourceErrorData extends SourceErrorFields {
  readonly code: SourceErrorCode;
  readonly message: string;
}

/** Thrown by every reader and wrapper in `source/`; crosses worker boundaries as `SourceErrorData`. */
export class SourceError extends Error implements SourceErrorData {
  override readonly name = "SourceError";
  readonly code: SourceErrorCode;
  readonly url: string;
  readonly expected: string;
  readonly got: string;
  readonly next: string;

  constructor(code: SourceErrorCode, fields: SourceErrorFields, options?: { cause?: unknown }) {
    super(`${fields.url}: expected ${fields.expected}, got ${fields.got}. ${fields.next}`, options);
    this.code = code;
    this.url = fields.url;
    this.expected = fields.expected;
    this.got = fields.got;
    this.next = fields.next;
  }

  toData(): SourceErrorData {
    const { code, url, expected, got, next, message } = this;
    return { code, url, expected, got, next, message };
  }

  static fromData(data: SourceErrorData): SourceError {
    return new SourceError(data.code, data);
  }
}

/** Narrows an unknown error, optionally to given codes. */
export function isSourceError(error: unknown, ...codes: SourceErrorCode[]): error is SourceError {
  return error instanceof SourceError && (codes.length === 0 || codes.includes(error.code));
}

/** True for our own aborts and for the platform's `AbortError`. */
export function isAbort(error: unknown): boolean {
  return (
    isSourceError(error, "aborted") ||
    (typeof error === "object" && error !== null && (error as { name?: unknown }).name === "AbortError")
  );
}

export function abortedError(url: string): SourceError {
  return new SourceError("aborted", {
    url,
    expected: "an answer",
    got: "a cancelled request",
    next: "Nothing to do: it is no longer needed.",
  });
}

export type ViewerErrorCode = "webgl2-missing" | "shader" | "destroyed" | "not-open";

/** Thrown by the viewer itself, never for pixels: those are `SourceError`s. */
export class ViewerError extends Error {
  override readonly name = "ViewerError";
  readonly code: ViewerErrorCode;
  readonly next: string;

  constructor(code: ViewerErrorCode, message: string, next: string) {
    super(`${message} ${next}`);
    this.code = code;
    this.next = next;
  }
}

export function isViewerError(error: unknown, ...codes: ViewerErrorCode[]): error is ViewerError {
  return error instanceof ViewerError && (codes.length === 0 || codes.includes(error.code));
}
