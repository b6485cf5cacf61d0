export type PresenceErrorCode =
  | "truncated"
  | "too-large"
  | "not-presence"
  | "unknown-kind"
  | "bad-value"
  | "trailing-bytes";

/** Bytes that are not a presence frame. The only error that the presence decoders throw. */
export class PresenceDecodeError extends Error {
  override readonly name = "PresenceDecodeError";
  readonly code: PresenceErrorCode;
  readonly expected: string;
  readonly got: string;
  constructor(code: PresenceErrorCode, expected: string, got: unknown) {
    super(`Not a presence frame (${code}): expected ${expected}, got ${String(got)}.`);
    this.code = code;
    this.expected = expected;
    this.got = String(got);
  }
}

/** A frame that would break the limits of the protocol, so that no peer could read it. */
export class PresenceEncodeError extends Error {
  override readonly name = "PresenceEncodeError";
  readonly code: "too-large" | "bad-value";
  constructor(code: "too-large" | "bad-value", expected: string, got: unknown) {
    super(`Presence frame not made (${code}): expected ${expected}, got ${String(got)}.`);
    this.code = code;
  }
}
