/** Bans an address that asks too often: what comes after is refused until a while has passed. */
import { createSlidingLimit, type RateLimit } from './rate-limit.ts';

export interface RequestBanOptions {
  /** Requests that are allowed in one window; Infinity for any number. */
  readonly most: number;
  readonly windowMs: number;
  /** How long a ban lasts. */
  readonly banMs: number;
  readonly now: () => number;
}

/** A ban does not grow longer by asking on. */
export function createRequestBan({ most, windowMs, banMs, now }: RequestBanOptions): RateLimit {
  const bannedUntil = new Map<string, number>();
  const limit = most === Infinity ? undefined : createSlidingLimit(most, now, windowMs);
  return {
    take(address) {
      const untilMs = bannedUntil.get(address);
      if (untilMs !== undefined && now() < untilMs) {
        return false;
      }
      bannedUntil.delete(address);
      const isAllowed = limit?.take(address) ?? true;
      if (!isAllowed) {
        bannedUntil.set(address, now() + banMs);
      }
      return isAllowed;
    },
  };
}
