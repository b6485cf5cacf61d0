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

/** One bucket a key. The function takes `cost` tokens of the key's and tells whether there were enough. */
export function createKeyedBucket(
  burst: number,
  perSecond: number,
  nowMs = () => performance.now(),
): (key: string, cost?: number) => boolean {
  const buckets = new Map<string, (cost: number) => boolean>();
  return (key, cost = 1) => {
    const take = buckets.get(key) ?? createBucket(burst, perSecond, nowMs);
    buckets.delete(key);
    buckets.set(key, take);
    if (buckets.size > MAX_KEYS) buckets.delete(buckets.keys().next().value!);
    return take(cost);
  };
}

/**
 * For what is slowed down rather than refused: takes `cost` of the key's, of which there are `burst` at once and
 * `perSecond` on the average, and returns how long to wait afterwards, in ms.
 */
export function createPacer(
  perSecond: number,
  burst: number,
  nowMs = () => performance.now(),
): (key: string, cost: number) => number {
  const debts = new Map<string, { owed: number; at: number }>();
  return (key, cost) => {
    const now = nowMs();
    const before = debts.get(key);
    const left = before ? Math.max(0, before.owed - ((now - before.at) / 1000) * perSecond) : 0;
    const owed = left + cost;
    debts.delete(key);
    debts.set(key, { owed, at: now });
    if (debts.size > MAX_KEYS) debts.delete(debts.keys().next().value!);
    return owed <= burst ? 0 : ((owed - burst) / perSecond) * 1000;
  };
}
