import { type Column, titleOf } from "./columns.ts";
import type { ObjectRow } from "./rows.ts";

/** A text that spreadsheets would run as a formula is kept a text (OWASP, CSV injection). */
const RISKY = /^[=+\-@\t\r]/;

function field(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = RISKY.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The rows as RFC 4180 has it, with ids first and numbers in full. Given `notes`, a last column says them. */
export function toCsv(
  rows: readonly ObjectRow[],
  columns: readonly Column[],
  notes?: { readonly title: string; of(row: ObjectRow): string },
): string[] {
  const head = ["id", ...columns.map(titleOf), ...(notes ? [notes.title] : [])];
  const lines = [`${head.map(field).join(",")}\r\n`];
  for (const row of rows) {
    const cells = columns.map((column) => {
      const value = column.value(row);
      return column.id === "created" && typeof value === "number" ? new Date(value).toISOString() : value;
    });
    lines.push(`${[row.id, ...cells, ...(notes ? [notes.of(row)] : [])].map(field).join(",")}\r\n`);
  }
  return lines;
}
