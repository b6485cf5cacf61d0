/** Codes that end up in an HTTP body, on the live socket, or on the terminal at start. */
export type ServerErrorCode =
  | "bad-argument"
  | "bad-request"
  | "unauthenticated"
  | "join-key-required"
  | "forbidden"
  | "bad-origin"
  | "bad-host"
  | "not-found"
  | "revision-conflict"
  | "class-in-use"
  | "epoch-changed"
  | "too-large"
  | "too-many-layers"
  | "too-many-requests"
  /** A format that is known and not read. */
  | "unsupported-image"
  | "data-busy"
  /** Nothing can be written there: the rights, a read-only disk, a file in its place. */
  | "folder-unusable"
  | "port-busy"
  | "address-unavailable"
  /** The operator has not allowed the server to fetch from there. */
  | "host-not-allowed"
  /** Fetched by no server of ours: other schemes, addresses inside its own network. */
  | "address-refused"
  | "upstream-unreachable"
  | "upstream-failed"
  | "upstream-timeout"
  | "upstream-too-large"
  /** The other server wants credentials, or better ones. */
  | "upstream-unauthorized"
  /** The credentials of a connection can no longer be read. */
  | "connection-unreadable"
  | "connection-exists"
  /** A region that is none, or not on the image. */
  | "bad-region"
  /** The server cannot read the image that it should look at. */
  | "image-unreadable"
  | "model-unavailable"
  | "encoder-unavailable"
  | "encode-failed"
  | "encode-timeout"
  /** What was downloaded is not what was pinned. */
  | "bad-download"
  | "migration-failed"
  | "store-failed"
  | "bad-backup"
  | "not-empty"
  | "internal";

const STATUS: Partial<Record<ServerErrorCode, number>> = {
  "bad-argument": 400,
  "bad-request": 400,
  unauthenticated: 401,
  "join-key-required": 403,
  forbidden: 403,
  "bad-origin": 403,
  "bad-host": 403,
  "not-found": 404,
  "revision-conflict": 409,
  "class-in-use": 409,
  "connection-exists": 409,
  "epoch-changed": 409,
  "too-large": 413,
  "too-many-layers": 413,
  "unsupported-image": 415,
  "too-many-requests": 429,
  "host-not-allowed": 403,
  "address-refused": 403,
  "upstream-unreachable": 502,
  "upstream-failed": 502,
  "upstream-timeout": 504,
  "upstream-too-large": 502,
  "upstream-unauthorized": 502,
  "connection-unreadable": 502,
  "store-failed": 503,
  "bad-region": 422,
  "image-unreadable": 502,
  "model-unavailable": 503,
  "encoder-unavailable": 503,
  "encode-failed": 503,
  "encode-timeout": 503,
};

/**
 * A refusal that can be told to a person: `message` is a sentence that says what was expected and what came,
 * `next` the step that helps, `details` further fields of the HTTP body (`count`, `current`).
 */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;
  readonly next: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ServerErrorCode,
    message: string,
    more: { next?: string; details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.code = code;
    this.next = more.next;
    this.details = more.details ?? {};
  }

  get status(): number {
    return STATUS[this.code] ?? 500;
  }
}

export function isServerError(error: unknown, code?: ServerErrorCode): error is ServerError {
  return error instanceof ServerError && (code === undefined || error.code === code);
}

/** How deep causes are looked at: those of an error may go in circles. */
const MOST_CAUSES = 5;

/** An error and what caused it, the outermost first. Also of what was thrown and is no Error. */
export function* causesOf(
  error: unknown,
): Generator<{ readonly code?: unknown; readonly errno?: unknown; readonly message?: unknown }> {
  let at = error;
  for (let depth = 0; typeof at === "object" && at !== null && depth < MOST_CAUSES; depth++) {
    yield at;
    at = (at as { cause?: unknown }).cause;
  }
}
