import type { HocuspocusProvider } from "@hocuspocus/provider";

/**
 * Stands between a live document and its provider: an update leaves only after the outbox entry of its command is
 * on disk, and updates leave in the order in which they were made.
 *
 * Until the handshake of a connection has sent what the server lacks, nothing leaves here: it is part of that
 * answer, and ahead of it the server would find a gap.
 */
export interface UpdateGate {
  /** Runs an edit; the updates that it makes wait for the promise that `record` returns. */
  run<T>(edit: () => T, record: (result: T) => Promise<unknown>): T;
  /** Resolves when everything made so far has left or was left to the handshake. */
  idle(): Promise<void>;
  destroy(): void;
}

/** @param isOpen whether the handshake has been answered on the present connection */
export function createUpdateGate(provider: HocuspocusProvider, isOpen: () => boolean): UpdateGate {
  const { document: doc } = provider;
  // The provider would send at once.
  doc.off("update", provider.boundDocumentUpdateHandler);
  doc.on("update", collect);
  /** null outside `run` */
  let made: Uint8Array[] | null = null;
  let line: Promise<void> = Promise.resolve();
  let open = true;

  function collect(update: Uint8Array, origin: unknown): void {
    if (origin === provider) return;
    if (made) made.push(update);
    else line = line.then(() => forward([update]));
  }

  function forward(updates: readonly Uint8Array[]): void {
    if (!open || !isOpen()) return;
    for (const update of updates) provider.documentUpdateHandler(update, null);
  }

  return {
    run(edit, record) {
      const updates: Uint8Array[] = [];
      made = updates;
      let result: ReturnType<typeof edit>;
      try {
        result = edit();
      } finally {
        made = null;
      }
      const recorded = record(result);
      line = Promise.all([line, recorded]).then(() => forward(updates));
      return result;
    },
    idle: () => line,
    destroy() {
      open = false;
      doc.off("update", collect);
    },
  };
}
