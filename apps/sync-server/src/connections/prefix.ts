/** Encoded slashes, backslashes and dots: some servers decode them before they look where a path leads. */
const DISGUISED = /%(2e|2f|5c|00)/i;

/** A prefix as it is kept: no query, no final slash, so that `…/bucket` covers `…/bucket/…` and not `…/bucket2`. */
export function normalPrefix(url: URL): string {
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** Whether an address lies under a prefix, whole folders only. */
export function isUnder(prefix: string, url: URL): boolean {
  const at = url.origin + url.pathname;
  if (at !== prefix && !at.startsWith(`${prefix}/`)) return false;
  return !DISGUISED.test(at.slice(prefix.length));
}

/** The longest of the prefixes that an address lies under. */
export function longestUnder<T extends { readonly prefix: string }>(
  rows: readonly T[],
  url: URL,
): T | undefined {
  return rows
    .filter(({ prefix }) => isUnder(prefix, url))
    .reduce<T | undefined>(
      (best, row) => (best && best.prefix.length >= row.prefix.length ? best : row),
      undefined,
    );
}
