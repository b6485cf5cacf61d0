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
