/**
 * A token bucket: `burst` tokens at the start, `perSecond` more each second. The function takes `cost` tokens and
 * tells whether there were enough; without enough it takes none.
 */
export function createBucket(
  burst: number,
  perSecond: number,
  nowMs = () => performance.now(),
): (cost: number) => boolean {
  let tokens = burst;
  let last = nowMs();
  return (cost) => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + ((now - last) / 1000) * perSecond);
    last = now;
    if (tokens < cost) return false;
    tokens -= cost;
    return true;
  };
}

/** Buckets kept at most; the one that was used longest ago goes first, which only ever gives tokens back. */
const MAX_KEYS = 10_000;

/** One bucket a key. The function takes one token of the key's and tells whether there was one. */
export function createKeyedBucket(
  burst: number,
  perSecond: number,
  nowMs = () => performance.now(),
): (key: string) => boolean {
  const buckets = new Map<string, (cost: number) => boolean>();
  return (key) => {
    const take = buckets.get(key) ?? createBucket(burst, perSecond, nowMs);
    buckets.delete(key);
    buckets.set(key, take);
    if (buckets.size > MAX_KEYS) buckets.delete(buckets.keys().next().value!);
    return take(1);
  };
}
