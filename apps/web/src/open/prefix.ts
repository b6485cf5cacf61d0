/** What a key is probably for: the bucket, or the host's first folder. */
export function prefixOf(address: string): string {
  const { origin, pathname, hostname } = new URL(address);
  // `bucket.s3.region.…`: the bucket is in the name.
  if (/(^|\.)s3[.-]/.test(hostname) && !/^s3[.-]/.test(hostname)) return `${origin}/`;
  const first = pathname.split("/").filter(Boolean)[0];
  return first && pathname.split("/").filter(Boolean).length > 1 ? `${origin}/${first}/` : `${origin}/`;
}
