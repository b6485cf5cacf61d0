/** Whether a path, decoded once or twice as some servers do, has `..` in it or what such servers stumble over. */
function climbs(path: string): boolean {
  try {
    const once = decodeURIComponent(path);
    return [once, decodeURIComponent(once.replace(/%(?![0-9a-f]{2})/gi, "%25"))].some((decoded) =>
      /(^|[/\\])\.\.?([/\\]|$)|[\\\0]/.test(decoded),
    );
  } catch {
    return true;
  }
}

/** A prefix as it is kept: no query, no final slash, so that `…/bucket` covers `…/bucket/…` and not `…/bucket2`. */
export function normalPrefix(url: URL): string {
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** Whether an address lies under a prefix, whole folders only. */
export function isUnder(prefix: string, url: URL): boolean {
  const at = url.origin + url.pathname;
  if (at !== prefix && !at.startsWith(`${prefix}/`)) return false;
  return !climbs(at.slice(prefix.length));
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
