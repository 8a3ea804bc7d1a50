/**
 * The venue's limits per client address. They run on real time, not on the venue's: a client is
 * not slower because the venue's clock is fast.
 */

/** Counts events of a while and says when there are too many. */
export interface RateLimit {
  /** Counts one event of an address; false if it is one too many and was not counted. */
  take(address: string): boolean;
}

const MAX_ADDRESSES = 10_000;
const SECOND_MS = 1_000;

/**
 * At most so many events in any window, a second unless another is given, that ends now: a burst is
 * not paid for by a quiet past.
 */
export function createSlidingLimit(
  most: number,
  now: () => number,
  windowMs = SECOND_MS,
): RateLimit {
  const times = new Map<string, number[]>();
  return {
    take(address) {
      const nowMs = now();
      const recent = (times.get(address) ?? []).filter((time) => time > nowMs - windowMs);
      const isAllowed = recent.length < most;
      if (isAllowed) {
        recent.push(nowMs);
      }
      remember(times, address, recent);
      return isAllowed;
    },
  };
}

/** A bucket that holds a burst and fills up again at a rate. */
export function createBurstLimit(burst: number, perSecond: number, now: () => number): RateLimit {
  const buckets = new Map<string, { level: number; atMs: number }>();
  return {
    take(address) {
      const atMs = now();
      const before = buckets.get(address) ?? { level: burst, atMs };
      const refilled = before.level + ((atMs - before.atMs) / SECOND_MS) * perSecond;
      const level = Math.min(burst, refilled);
      const isAllowed = level >= 1;
      remember(buckets, address, { level: isAllowed ? level - 1 : level, atMs });
      return isAllowed;
    },
  };
}

/** Oldest addresses are forgotten first, so that the map stays bounded. */
function remember<T>(map: Map<string, T>, address: string, value: T): void {
  map.delete(address);
  map.set(address, value);
  if (map.size > MAX_ADDRESSES) {
    const oldest = map.keys().next();
    if (oldest.done !== true) {
      map.delete(oldest.value);
    }
  }
}
