import { errorSentence, isApiError } from "../api/index.ts";
import type { Notices } from "./notices.ts";
import type { Rows } from "./rows.ts";

/** Changes of rows, as the server answers them. */
export interface RowChanges {
  /** Runs a change; a refusal is said and, where somebody was faster, their row taken in. */
  attempt<T>(change: () => Promise<T>, takeIn: (answer: T) => void): Promise<void>;
  /** What is done about a refusal. */
  refused(error: unknown): Promise<void>;
}

export function createRowChanges(rows: Pick<Rows, "load">, notices: Notices): RowChanges {
  async function refused(error: unknown): Promise<void> {
    notices.say({ tone: "error", text: errorSentence(error) });
    if (isApiError(error) && error.status === 409) await rows.load().catch(() => {});
  }
  return {
    refused,
    async attempt(change, takeIn) {
      try {
        takeIn(await change());
      } catch (error) {
        await refused(error);
      }
    },
  };
}

/** The row of an id that a panel shows. */
export function rowOf<Row extends { readonly id: string }>(
  rows: readonly Row[] | null,
  id: string,
  what: string,
): Row {
  const row = rows?.find((other) => other.id === id);
  if (!row) throw new Error(`No ${what} ${id} here.`);
  return row;
}
