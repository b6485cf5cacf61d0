export type GeometryErrorCode =
  | "not-finite"
  | "out-of-range"
  | "too-few-vertices"
  | "too-many-vertices"
  | "too-large"
  | "zero-area"
  | "bad-plane"
  | "unknown-kind";

/** A geometry that must not be stored. `expected` and `got` are for people who debug. */
export class GeometryError extends Error {
  override readonly name = "GeometryError";
  readonly code: GeometryErrorCode;
  readonly expected: string;
  readonly got: string;
  constructor(code: GeometryErrorCode, expected: string, got: string) {
    super(`Geometry refused (${code}): expected ${expected}, got ${got}.`);
    this.code = code;
    this.expected = expected;
    this.got = got;
  }
}

export type GeometryDecodeErrorCode =
  | "truncated"
  | "too-large"
  | "unknown-version"
  | "unknown-flags"
  | "unknown-kind"
  | "bad-count"
  | "out-of-range"
  | "trailing-bytes"
  | "not-bytes";

/** Bytes that are not a geometry of a version known here. The only error that the geometry decoder throws. */
export class GeometryDecodeError extends Error {
  override readonly name = "GeometryDecodeError";
  readonly code: GeometryDecodeErrorCode;
  readonly expected: string;
  readonly got: string;
  constructor(code: GeometryDecodeErrorCode, expected: string, got: string) {
    super(`Not a geometry (${code}): expected ${expected}, got ${got}.`);
    this.code = code;
    this.expected = expected;
    this.got = got;
  }
}
