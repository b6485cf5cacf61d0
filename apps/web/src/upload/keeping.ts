import { createStore } from "../state/store.ts";

/** What of a file is kept beside its pixels. Not remembered: each time somebody chooses it knowingly. */
export interface Keeping {
  /** Photographs of the slide and of its label. */
  readonly associated: boolean;
  /** What the file says of people, dates and instruments. */
  readonly details: boolean;
}

export const keeping = createStore<Keeping>({ associated: false, details: false });

/** As tus carries it. */
export const keepingMetadata = ({ associated, details }: Keeping): Record<string, string> => ({
  ...(associated && { withAssociated: "1" }),
  ...(details && { keepMetadata: "1" }),
});
