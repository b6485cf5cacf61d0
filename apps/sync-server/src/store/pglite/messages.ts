/** What the server's thread asks of the database's. Transactions are numbered by who asks. */
export type Request =
  | (Statement & { readonly id: number; readonly op: "query" })
  | { readonly id: number; readonly op: "exec"; readonly text: string }
  | { readonly id: number; readonly op: "begin"; readonly transaction: number }
  | { readonly id: number; readonly op: "end"; readonly transaction: number; readonly commit: boolean }
  | { readonly id: number; readonly op: "close" };

export interface Statement {
  readonly text: string;
  readonly params: readonly unknown[];
  /** Rows as arrays instead of objects. */
  readonly arrays: boolean;
  /** OIDs of types whose values stay text: whoever asks reads them. */
  readonly verbatim: readonly number[];
  /** The transaction that it is part of; null: one of its own. */
  readonly transaction: number | null;
}

/** `id` 0: the database is open, or could not be opened. */
export interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: ThreadError;
}

/** An error on its way between threads: the message, and what PostgreSQL says in fields (`code`, `detail` …). */
export interface ThreadError {
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}
