export type ModelErrorCode =
  | "bad-manifest"
  | "weights-missing"
  | "weights-changed"
  | "weights-refused"
  | "bad-image"
  | "bad-prompt"
  | "bad-embedding"
  | "decode-failed";

/** What is wrong with a model or with what was given to it, and the next step for whoever reads it. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly code: ModelErrorCode;
  readonly expected: string;
  readonly got: string;
  readonly next: string;
  constructor(code: ModelErrorCode, expected: string, got: string, next: string, cause?: unknown) {
    super(`${code}: expected ${expected}, got ${got}. ${next}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.expected = expected;
    this.got = got;
    this.next = next;
  }
}
