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
