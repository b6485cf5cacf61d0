import type { Column } from "./columns.ts";
import { toCsv } from "./csv.ts";
import { nextTask } from "./rows.ts";
import type { TableController } from "./table-controller.ts";

/** Rows that are written between two breaks. */
const SLICE = 1000;

/** Saves the shown rows and columns, in their order. */
export async function downloadCsv(
  { model, resolution }: TableController,
  columns: readonly Column[],
  imageName: string,
): Promise<void> {
  const { rows } = model.view.get();
  const means = columns.some(({ channel }) => channel !== undefined);
  const notes = means ? { title: "Means read at", of: resolution } : undefined;
  // Excel takes a file without the mark for one of its own old encodings.
  const parts: string[] = ["\ufeff", ...toCsv([], columns, notes)];
  for (let i = 0; i < rows.length; i += SLICE) {
    parts.push(...toCsv(rows.slice(i, i + SLICE), columns, notes).slice(1));
    await nextTask();
  }
  const url = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${imageName.replace(/[^\p{L}\p{N} ._-]/gu, "_") || "objects"}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
