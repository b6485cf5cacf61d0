export type ImportErrorCode =
  | "not-found"
  | "not-an-image"
  | "unsupported"
  | "damaged"
  | "too-large"
  | "no-space"
  | "labels-mismatch"
  | "nothing-to-import"
  | "aborted";

/** A file that cannot be imported: what was expected, what came, and the next step, for the person who named it. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  readonly code: ImportErrorCode;
  readonly path: string;
  readonly next: string | undefined;
  constructor(code: ImportErrorCode, path: string, what: string, next?: string, cause?: unknown) {
    super(path ? `${path}: ${what}` : what, { cause });
    this.code = code;
    this.path = path;
    this.next = next;
  }
}

/** What a decoder threw, as a file that is damaged or cut off. */
export function damaged(path: string, cause: unknown): ImportError {
  return new ImportError(
    "damaged",
    path,
    `cannot be decoded (${reasonOf(cause)}).`,
    "The file is damaged or cut off: copy it again from where it came from.",
    cause,
  );
}

/** The first line of what a decoder said. */
export const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
