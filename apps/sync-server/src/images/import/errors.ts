import { isAbort, isSourceError } from "@coscope/viewer/source";

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

const CODES = {
  "not-found": "not-found",
  "not-an-image": "not-an-image",
  unsupported: "unsupported",
  malformed: "damaged",
  "too-large": "too-large",
  unreachable: "damaged",
  cors: "damaged",
  aborted: "aborted",
} as const;

/** Whatever reading threw, as an ImportError about the file that a person named. */
export function importErrorOf(path: string, cause: unknown): ImportError {
  if (cause instanceof ImportError) return cause;
  if (isAbort(cause)) return new ImportError("aborted", "", "Cancelled.", undefined, cause);
  if (isSourceError(cause)) {
    const { code, expected, got } = cause;
    const next =
      code === "not-an-image" ? "Check that it opens in an image program, or export it as TIFF." : cause.next;
    return new ImportError(CODES[code], path, `expected ${expected}, got ${got}.`, next, cause);
  }
  return damaged(path, cause);
}
