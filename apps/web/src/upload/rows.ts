/** An upload as `/api/imports` tells of it. */
export interface ImportRow {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly received: number;
  readonly state: "uploading" | "waiting" | "converting" | "ready" | "failed" | "cancelled";
  /** Of converting, 0…1. */
  readonly progress: number;
  readonly images: readonly { readonly id: string; readonly name: string }[];
  readonly error: ImportProblem | null;
  readonly failures: readonly ImportProblem[];
}

export interface ImportProblem {
  readonly code: string;
  readonly message: string;
  readonly next?: string;
}

/** An upload as the page shows it. */
export interface UploadItem {
  readonly key: string;
  /** The server's, once it knows of the upload. */
  readonly id: string | null;
  readonly name: string;
  readonly bytes: number;
  readonly sent: number;
  /**
   * "queued": not begun. "offline": goes on when the server answers. "interrupted": begun before a reload; goes on
   * when the same file is dropped or chosen again.
   */
  readonly state: "queued" | "offline" | "interrupted" | ImportRow["state"];
  readonly progress: number;
  readonly problem: string;
  readonly images: ImportRow["images"];
}

export const isOver = ({ state }: UploadItem): boolean =>
  state === "ready" || state === "failed" || state === "cancelled";

/** On the server and not finished there. */
export const isConverting = ({ state }: UploadItem): boolean => state === "waiting" || state === "converting";

/** Commands come between backticks, which are for terminals and logs. */
const sentence = ({ message, next }: ImportProblem): string =>
  (next ? `${message} ${next}` : message).replaceAll("`", "");

/** What the server says, over what the page knows. */
export function merged(item: UploadItem, row: ImportRow): UploadItem {
  // The page knows better how far its own sending is.
  if (row.state === "uploading") return item;
  const problems = row.error ? [row.error] : row.failures;
  return {
    ...item,
    state: row.state,
    sent: row.bytes,
    progress: row.progress,
    images: row.images,
    problem: problems.slice(0, 3).map(sentence).join(" "),
  };
}

export function itemOf(row: ImportRow): UploadItem {
  const { id, name, bytes, received, progress, images } = row;
  const item: UploadItem = {
    key: id,
    id,
    name,
    bytes,
    sent: received,
    state: "interrupted",
    progress,
    problem: "",
    images,
  };
  return merged(item, row);
}
