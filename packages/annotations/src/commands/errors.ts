export type CommandErrorCode =
  | "bad-id"
  | "bad-label"
  | "bad-class"
  | "bad-provenance"
  | "bad-attribute"
  | "bad-stroke"
  | "bad-number"
  | "duplicate-id";

/** A command that must not be executed, whatever the document holds. Bad shapes throw GeometryError instead. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: CommandErrorCode;
  readonly expected: string;
  readonly got: string;
  constructor(code: CommandErrorCode, expected: string, got: unknown) {
    super(`Command refused (${code}): expected ${expected}, got ${String(got)}.`);
    this.code = code;
    this.expected = expected;
    this.got = String(got);
  }
}
