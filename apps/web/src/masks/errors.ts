/** What can keep masks from coming. */
export type MaskErrorCode =
  | "no-wasm"
  | "no-weights"
  | "no-model"
  | "no-encoder"
  | "no-rights"
  | "image-gone"
  | "offline"
  | "busy"
  | "bad-prompt"
  | "nothing-there"
  | "no-pixels"
  | "aborted"
  | "failed";

/** `message` says what happened, `next` what the person can do; both are shown as they are. */
export class MaskError extends Error {
  override readonly name = "MaskError";
  readonly code: MaskErrorCode;
  readonly next: string;
  constructor(code: MaskErrorCode, message: string, next: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.next = next;
  }
}

/** The part of a MaskError that crosses a worker's boundary. */
export interface MaskErrorData {
  readonly code: MaskErrorCode;
  readonly message: string;
  readonly next: string;
}

export const abortedMask = () => new MaskError("aborted", "Nobody waits for this any more.", "");

/** Whatever was thrown as one of ours. */
export function maskErrorOf(error: unknown): MaskError {
  if (error instanceof MaskError) return error;
  if (error instanceof Error && error.name === "AbortError") return abortedMask();
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "bad-prompt")
    return new MaskError("bad-prompt", "Nothing can be outlined there.", "Click on the image.", error);
  if (code === "weights-refused" && /no available backend|initWasm|WebAssembly/.test(String(error)))
    return new MaskError(
      "no-wasm",
      "This browser could not start WebAssembly, which outlining needs.",
      "Reload the page, or use another browser; all other tools work.",
      error,
    );
  if (code === "weights-missing" || code === "weights-changed" || code === "weights-refused")
    return new MaskError(
      "no-weights",
      "The model's file is missing or damaged.",
      "Choose another model, or ask whoever runs Coscope to run “coscope models verify”.",
      error,
    );
  const said = error instanceof Error ? error.message : String(error);
  return new MaskError(
    "failed",
    `The outline could not be made (${said.slice(0, 160)}).`,
    "Try again.",
    error,
  );
}

export const maskErrorData = (error: unknown): MaskErrorData => {
  const { code, message, next } = maskErrorOf(error);
  return { code, message, next };
};

/** An answer of the server that is no embedding and no weights. */
export function fromResponse(
  status: number,
  body: unknown,
  of: "embedding" | "weights" | "models",
): MaskError {
  const inner = (body as { error?: { code?: string; message?: string; next?: string } } | null)?.error;
  const message = inner?.message;
  if (status === 401 || status === 403)
    return new MaskError(
      "no-rights",
      message ?? "You may not use the model here.",
      inner?.next ?? "Ask for access, or draw with another tool.",
    );
  if (status === 429)
    return new MaskError(
      "busy",
      message ?? "The server has too much to read at the moment.",
      inner?.next ?? "Try again in a moment.",
    );
  if (of === "weights")
    return new MaskError(
      "no-weights",
      message ?? "The model's file is not there.",
      inner?.next ?? "Choose another model, or ask whoever runs Coscope to run “coscope models verify”.",
    );
  if (status === 404 && of === "embedding")
    return new MaskError(
      "image-gone",
      message ?? "The image is not there any more.",
      inner?.next ?? "Open it again from the list of images.",
    );
  if (status === 404 || status === 501 || status === 503)
    return new MaskError(
      "no-encoder",
      message ?? "This server does not read regions for outlining.",
      inner?.next ?? "Switch on “Private”: then this page reads the image itself.",
    );
  if (status === 422)
    return new MaskError(
      "bad-prompt",
      message ?? "Nothing can be outlined there.",
      inner?.next ?? "Click on the image.",
    );
  return new MaskError(
    "failed",
    message ?? `The server refused this (${status}).`,
    inner?.next ?? "Try again.",
  );
}
