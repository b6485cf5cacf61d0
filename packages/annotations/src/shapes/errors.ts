export type ShapeErrorCode = "not-an-area" | "empty" | "too-large" | "bad-argument" | "no-path";

/** A shape operation that cannot be done with what was given. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
  readonly code: ShapeErrorCode;
  readonly expected: string;
  readonly got: string;
  constructor(code: ShapeErrorCode, expected: string, got: string) {
    super(`Shape refused (${code}): expected ${expected}, got ${got}.`);
    this.code = code;
    this.expected = expected;
    this.got = got;
  }
}
