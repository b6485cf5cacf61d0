/** Ids from one row to another, both included, whichever stands first; only the second where the first is not shown. */
export function rangeOf(rows: readonly { readonly id: string }[], from: string, to: string): string[] {
  const start = rows.findIndex(({ id }) => id === from);
  const end = rows.findIndex(({ id }) => id === to);
  if (end === -1) return [];
  if (start === -1) return [to];
  return rows.slice(Math.min(start, end), Math.max(start, end) + 1).map(({ id }) => id);
}
