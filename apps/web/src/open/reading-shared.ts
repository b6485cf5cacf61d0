import type { ListedItem, Listing, SourceErrorData } from "@coscope/viewer/source";
import type { ImageSummary } from "../state/rows.ts";

/** What a look at one image gives. */
export interface Sight {
  readonly name: string;
  readonly summary: ImageSummary;
  readonly channels: readonly string[];
  readonly warnings: readonly string[];
}

/** What the page asks of the reading worker, by task. */
export interface ReadingTasks {
  /** What an address holds. */
  list: Listing;
  /** The label images that belong to an image. */
  labels: readonly ListedItem[];
  /** What an image is. */
  sight: Sight;
  /** As `sight`, with a small JPEG; null where that is too much to read. */
  picture: { readonly sight: Sight; readonly picture: Blob | null };
}

export type ReadingTask = keyof ReadingTasks;

export type ReadingRequest =
  | { readonly id: number; readonly task: ReadingTask; readonly url: string }
  | { readonly id: number; readonly task: "abort" };

export type ReadingReply =
  | { readonly id: number; readonly ok: true; readonly value: ReadingTasks[ReadingTask] }
  | { readonly id: number; readonly ok: false; readonly error: SourceErrorData };
