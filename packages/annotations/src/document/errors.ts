export type DocumentErrorCode =
  | "undecodable-update"
  | "unknown-map"
  | "not-a-map-value"
  | "bad-key"
  | "bad-value"
  | "too-large"
  | "origin-rewritten"
  | "key-deleted"
  | "bad-clock"
  | "tangled";

/** A document or an update that breaks PROTOCOL.md. `where` is `<map>/<key>` where that is known. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  readonly code: DocumentErrorCode;
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  constructor(code: DocumentErrorCode, where: string, expected: string, got: string) {
    super(`${where || "The update"} breaks the protocol (${code}): expected ${expected}, got ${got}.`);
    this.code = code;
    this.where = where;
    this.expected = expected;
    this.got = got;
  }
}
