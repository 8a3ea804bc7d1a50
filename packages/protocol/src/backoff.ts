/** How long to wait between attempts, in milliseconds. */
export interface BackoffOptions {
  /** The longest wait before the first retry. */
  readonly baseMs: number;
  /** The longest wait of all. */
  readonly capMs: number;
  /** No wait is shorter. */
  readonly floorMs?: number;
}

/**
 * The wait before retry number `attempt` (0 is the first): exponential with full jitter, so that
 * many who lost the same server do not come back at the same moment.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffDelayMs(
  attempt: number,
  { baseMs, capMs, floorMs = 0 }: BackoffOptions,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.max(floorMs, Math.round(random() * ceiling));
}
